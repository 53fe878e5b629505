"""What stands in the fields of the browsable page: a fresh key, the tag that is shown, and what was refused."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

import pytest
from django.test import Client

from shop.http.etags import etag_of
from shop.http.tests.sample import Bought
from shop.testing.tokens import bearer

pytestmark = [pytest.mark.urls("shop.http.tests.sample"), pytest.mark.usefixtures("database")]
KEY, MATCH = "Idempotency-Key", "If-Match"


@pytest.fixture(autouse=True)
def clean():
    Bought.script.clear()


def ask(method: str, path: str, body: str = "", **headers: str):
    """As a person who is logged in."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    client = Client(
        raise_request_exception=False, headers={"Accept": "text/html", "Authorization": bearer("customer"), **named}
    )
    return client.generic(method, f"/api/v1/{path}", body, content_type="application/json")


def field(answer, name: str, form: str = "") -> str:
    """The value of a header's field; of a deletion that in its own form."""
    text = answer.content.decode()
    if form:
        text = re.search(rf'<form[^>]*data-method="{form}".*?</form>', text, re.DOTALL)[0]  # type: ignore[index]
    [found] = re.findall(rf'<input[^>]*data-header="{name}"[^>]*>', text)
    value = re.search(r' value="([^"]*)"', found)
    return unescape(value[1]) if value else ""


def content(answer) -> str:
    text = re.search(r"<textarea[^>]*>(.*?)</textarea>", answer.content.decode(), re.DOTALL)
    assert text is not None
    return unescape(text[1]).lstrip("\n")


def test_each_page_has_a_key_of_its_own():
    first, second = (field(ask("GET", "bought"), KEY) for _ in range(2))

    assert UUID(first).version == UUID(second).version == 4
    assert first != second


@pytest.mark.parametrize("trouble", [500, 503, 429, 401])
def test_what_may_have_had_its_effect_is_sent_again_under_its_key(trouble):
    Bought.script.append(trouble)
    answer = ask("POST", "bought", '{"cart_id": "a"}', Idempotency_Key="first")

    assert (answer.status_code, field(answer, KEY), content(answer)) == (trouble, "first", '{"cart_id": "a"}')


def test_what_was_refused_is_mended_under_a_fresh_key():
    Bought.script.append(422)
    answer = ask("POST", "bought", '{"cart_id": "ä<&"}', Idempotency_Key="first")

    assert (answer.status_code, content(answer)) == (422, '{"cart_id": "ä<&"}')
    assert UUID(field(answer, KEY)).version == 4


def test_what_succeeded_leaves_an_empty_form_with_a_fresh_key():
    answer = ask("POST", "bought", '{"cart_id": "b"}', Idempotency_Key="first")

    assert (answer.status_code, content(answer)) == (201, "")
    assert field(answer, KEY) != "first"


def test_without_a_key_the_api_says_the_same_as_to_everybody():
    answer = ask("POST", "bought", "{}")

    assert answer.status_code == 400
    assert "idempotency.key_required" in answer.content.decode()
    assert "Idempotency-Key (needed)" in answer.content.decode()


def test_the_tag_that_the_page_shows_stands_in_the_field():
    seen = ask("GET", "thing")

    assert (field(seen, MATCH, "DELETE"), seen["ETag"]) == (etag_of(7), etag_of(7))
    assert "If-Match (needed)" in seen.content.decode()
    assert ask("PATCH", "thing", "{}", If_Match=field(seen, MATCH, "DELETE")).status_code == 200


def test_a_tag_that_is_stale_stays_until_somebody_reads_again():
    refused = ask("PATCH", "thing", '{"a": 1}', If_Match='"r6"')

    assert (refused.status_code, content(refused)) == (412, '{"a": 1}')
    assert "&quot;r6&quot;" in refused.content.decode()


def test_a_body_that_nobody_could_read_is_not_shown(settings):
    settings.SHOP_BODY_LIMIT = 10
    answer = ask("POST", "bought", '{"cart_id": "too long"}', Idempotency_Key="first")

    assert (answer.status_code, content(answer)) == (413, "")


def test_no_other_script_than_ours_runs_on_the_page():
    page = ask("GET", "thing")

    assert page["Content-Security-Policy"].startswith("default-src 'self'; style-src 'self' 'unsafe-inline';")
    scripts = re.findall(r"<script([^>]*)>", page.content.decode())
    assert [one for one in scripts if "src=" not in one] == [' type="application/json" id="drf_csrf"']
    assert not re.findall(r"\son\w+=", page.content.decode())
