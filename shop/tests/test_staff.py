"""What the staff's pages share: money in words, links that stand as text where their page is not served."""

from __future__ import annotations

import pytest

from shop.staff import money, person_link, row_link, search_link


def test_money_is_written_for_people():
    assert money(1200, "EUR") == "12.00 EUR"
    assert money(1900, "JPY") == "1900 JPY"
    assert money(None, "EUR") == "-"


def test_a_link_escapes_its_text_and_its_term():
    link = row_link("accounts.user", "7", "<b>")
    assert link == '<a href="/admin/accounts/user/7/change/">&lt;b&gt;</a>'
    assert search_link("accounts.user", "a&b", "x") == '<a href="/admin/accounts/user/?q=a%26b">x</a>'


def test_without_the_page_the_text_stands():
    assert row_link("nowhere.thing", "7", "SO-1") == "SO-1"
    assert row_link("accounts.user", None) == "-"
    assert search_link("nowhere.thing", "7", "x") == ""
    assert search_link("accounts.user", "", "x") == ""


@pytest.mark.parametrize(
    ("actor", "shown"),
    [
        ("staff:7", '<a href="/admin/accounts/user/7/change/">staff</a>'),
        ("user:7", '<a href="/admin/accounts/user/7/change/">staff</a>'),
        ("buyer", "buyer"),
        ("", "-"),
    ],
)
def test_a_person_is_linked_and_a_part_of_the_shop_named(actor, shown):
    assert person_link(actor) == shown
