"""The page that shows an answer to a person: also one without a body, one that was kept, and one that is a refusal."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client

from shop.http.etags import etag_of
from shop.http.tests.sample import PAGE, Bought

pytestmark = pytest.mark.urls("shop.http.tests.sample")
HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def shown(answer) -> str:
    """What the page shows: the status line, the headers and the body."""
    text = re.search(r'<div class="response-info".*?<pre[^>]*>(.*?)</pre>', answer.content.decode(), re.DOTALL)
    assert text is not None
    return unescape(re.sub(r"<[^>]+>", "", text[1]))


def test_an_answer_without_a_body_is_a_page_too(client: Client):
    answer = client.delete("/api/v1/untagged", headers=HTML)

    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert shown(answer).splitlines()[0] == "HTTP 204 No Content"


def test_a_browser_that_has_the_answer_gets_304(client: Client):
    answer = client.get("/api/v1/tagged", headers={**HTML, "If-None-Match": etag_of(7)})

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag_of(7))


@pytest.mark.usefixtures("database")
def test_an_answer_that_was_kept_is_a_page_when_it_is_asked_for_again(client: Client):
    Bought.script.clear()
    headers = {**HTML, "Idempotency-Key": "of a page"}
    first, again = (
        client.post("/api/v1/bought", {"cart_id": "page"}, "application/json", headers=headers) for _ in range(2)
    )

    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Content-Type"] == "text/html; charset=utf-8"
    assert again["Idempotent-Replayed"] == "true"
    assert shown(again).split("\n\n")[1] == shown(first).split("\n\n")[1]


def test_a_refusal_is_a_page_with_its_own_headers(client: Client):
    answer = client.get("/api/v1/broken/unavailable", headers=HTML)

    assert (answer.status_code, answer["Retry-After"]) == (503, "3")
    assert answer["Content-Length"] == str(len(answer.content))
    assert '"code": "unavailable"' in shown(answer)


def test_the_page_of_a_public_read_shows_its_etag_and_is_kept_by_nobody(client: Client):
    answer = client.get("/api/v1/pages/mug", headers=HTML)

    assert (answer["ETag"], answer["Cache-Control"]) == (etag_of(PAGE), "private, no-store")
