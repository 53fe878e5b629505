"""What the staff's pages share: money in words, links that stand as text where their page is not served."""

from __future__ import annotations

import pytest

from shop.errors import FieldError, Invalid, NotFound, Unavailable
from shop.looking import seen_by
from shop.staff import money, person_link, refusal_of, row_link, search_link


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


class Packer:
    """May look at orders, and change carts."""

    def has_perm(self, permission):
        return permission in {"orders.view_order", "cart.change_cart"}


def test_a_link_that_the_person_may_not_open_stands_as_text():
    with seen_by(Packer()):
        assert row_link("orders.order", "7", "SO-1") == '<a href="/admin/orders/order/7/change/">SO-1</a>'
        assert search_link("cart.cart", "7", "cart") == '<a href="/admin/cart/cart/?q=7">cart</a>'
        assert row_link("payments.payment", "7", "SO-1") == "SO-1"
        assert search_link("payments.payment", "7", "payment") == ""
        assert person_link("staff:7") == "staff"
    assert "href" in person_link("staff:7")


@pytest.mark.parametrize(
    ("refusal", "told"),
    [
        (Invalid(errors=(FieldError("/a", "x", "No amount."), FieldError("/b", "y", "No day."))), "No amount. No day."),
        (NotFound("There is no such order.", id=7), "There is no such order."),
        (NotFound(), NotFound.title),
        (Unavailable("Stripe is away."), "Stripe is away."),
    ],
)
def test_a_refusal_is_told_without_its_code_and_parameters(refusal, told):
    assert refusal_of(refusal) == told
