"""What the `type` of a problem leads to."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client

from shop.http import problem_pages
from shop.http.problems import CODES, slug_of, title_and_status


def test_the_type_of_a_problem_leads_to_its_description(client: Client):
    document = client.get("/api/v1/nowhere").json()

    page = client.get(document["type"].replace(settings.SHOP_PROBLEM_BASE, "/problems/"))

    assert (page.status_code, page["Cache-Control"]) == (200, "public, max-age=3600")
    assert "Absent, or not yours" in page.content.decode()


def test_all_problems_are_on_one_page(client: Client):
    page = client.get("/problems").content.decode()

    assert [one.code for one in problem_pages.known() if f"<code>{one.code}</code>" not in page] == []


def test_what_is_no_problem_is_not_found(client: Client):
    assert client.get("/problems/happiness").status_code == 404


@pytest.mark.parametrize("code", [one.code for one in problem_pages.known()])
def test_each_code_says_what_it_means(code):
    [one] = [one for one in problem_pages.known() if one.code == code]

    assert len(one.meaning) > 10
    assert 400 <= one.status < 600


def test_codes_of_the_kernel_have_their_status():
    assert {status: code for status, code in CODES.items() if title_and_status(code)[1] != status} == {}
    assert slug_of("catalog.out_of_stock") == "out-of-stock"
