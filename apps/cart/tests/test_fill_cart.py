"""What was ordered before goes into a cart again: as far as it is for sale, and once."""

from __future__ import annotations

import pytest

from apps.cart import api
from apps.cart.contracts import CartOrdered, ShortLine, WantedLine
from apps.cart.models import Cart, CartLine
from apps.cart.services.check_out import check_out
from apps.cart.services.create_cart import create_cart
from apps.cart.services.put_line import put_line
from apps.cart.tests.doubles import offer, shelf
from shop.ids import uuid7
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")
WANTED = (WantedLine("A", 2), WantedLine("B", 9), WantedLine("GONE", 1))


@pytest.fixture(autouse=True)
def goods():
    with shelf(offer("A", available=10), offer("B", 250, available=5)) as it:
        yield it


def fill(cart_id, customer_id=None, lines=WANTED, currency="EUR"):
    return api.fill_cart(cart_id=cart_id, customer_id=customer_id, currency=currency, lines=lines)


def quantities(cart_id):
    return dict(CartLine.objects.filter(cart_id=cart_id).order_by("sku").values_list("sku", "quantity"))


def test_a_guest_gets_a_cart_with_what_is_for_sale_once():
    key = uuid7()
    first, again = fill(key), fill(key)
    assert first == again
    assert (first.cart_id, first.added) == (key, 2)
    assert first.short == (ShortLine("B", 9, 5, "out_of_stock"), ShortLine("GONE", 1, 0, "unavailable"))
    assert (quantities(key), Cart.objects.count()) == ({"A": 2, "B": 5}, 1)


def test_a_customer_finds_it_in_the_cart_they_have():
    person = uuid7()
    mine = create_cart(currency="EUR", customer_id=person)[0].cart_id
    put_line(cart_id=mine, customer_id=person, sku="A", quantity=3)
    key = uuid7()
    assert [fill(key, person).cart_id, fill(key, person).cart_id] == [mine, mine]
    assert quantities(mine) == {"A": 5, "B": 5}


def test_a_customer_without_a_cart_gets_one_also_when_asked_twice_at_once():
    person, key = uuid7(), uuid7()
    answers = at_once(lambda: fill(key, person), lambda: fill(key, person))
    assert [answer.cart_id for answer in answers] == [key, key]
    assert (quantities(key), Cart.objects.get().customer_id) == ({"A": 2, "B": 5}, person)


def test_nothing_for_sale_makes_no_cart():
    filled = fill(uuid7(), lines=(WantedLine("GONE", 1),))
    assert (filled.added, Cart.objects.exists()) == (0, False)
    assert fill(uuid7(), currency="USD").short[0] == ShortLine("A", 2, 0, "currency_missing")


def test_a_cart_that_was_ordered_meanwhile_is_said_to_be():
    key = uuid7()
    fill(key)
    check_out(order_id=uuid7(), cart_id=key, revision=Cart.objects.get().revision)
    with pytest.raises(CartOrdered):
        fill(key)
