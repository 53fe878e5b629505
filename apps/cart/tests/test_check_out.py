"""Check-out and reopening, the saga's doors into cart: repeatable, in any order, one order per cart."""

from __future__ import annotations

from functools import partial

import pytest

from apps.cart import api
from apps.cart.contracts import CartChanged, CartNotFound, CartOrdered
from apps.cart.models import Cart, CheckOut
from apps.cart.services.add_line import add_line
from apps.cart.services.create_cart import create_cart
from apps.cart.services.remove_line import remove_line
from apps.cart.testing.facts import facts, pending
from apps.cart.tests.doubles import offer, shelf
from shop.ids import uuid7
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def cart():
    with shelf(offer("A")):
        cart_id = create_cart(currency="EUR")[0].cart_id
        yield add_line(cart_id=cart_id, customer_id=None, sku="A", quantity=2)


def test_a_check_out_closes_the_cart_for_one_order_and_may_be_repeated(cart):
    order_id = uuid7()
    first = api.check_out(order_id=order_id, cart_id=cart.cart_id, revision=cart.revision)
    second = api.check_out(order_id=order_id, cart_id=cart.cart_id, revision=cart.revision)

    assert first == second
    assert facts()["carts"][str(cart.cart_id)] == {"status": "ordered", "order_id": str(order_id)}
    with pytest.raises(CartOrdered) as refused:
        api.get_quote(cart_id=cart.cart_id, customer_id=None)
    assert refused.value.params == {"order_id": str(order_id)}


def test_a_second_order_is_told_the_first(cart):
    first = uuid7()
    api.check_out(order_id=first, cart_id=cart.cart_id, revision=cart.revision)

    with pytest.raises(CartOrdered) as refused:
        api.check_out(order_id=uuid7(), cart_id=cart.cart_id, revision=cart.revision)

    assert refused.value.params == {"order_id": str(first)}
    assert CheckOut.objects.count() == 1


def test_a_cart_that_changed_since_the_quote_is_not_checked_out(cart):
    remove_line(cart_id=cart.cart_id, customer_id=None, sku="A")

    with pytest.raises(CartChanged):
        api.check_out(order_id=uuid7(), cart_id=cart.cart_id, revision=cart.revision)

    assert Cart.objects.get(pk=cart.cart_id).status == "open"


def test_an_unknown_cart_is_not_found(cart):
    with pytest.raises(CartNotFound):
        api.check_out(order_id=uuid7(), cart_id=uuid7(), revision=0)


def test_a_reopened_cart_is_as_it_was_and_can_be_ordered_again(cart):
    order_id = uuid7()
    api.check_out(order_id=order_id, cart_id=cart.cart_id, revision=cart.revision)

    assert api.reopen(order_id=order_id, cart_id=cart.cart_id) is True
    assert api.reopen(order_id=order_id, cart_id=cart.cart_id) is True

    quote = api.get_quote(cart_id=cart.cart_id, customer_id=None)
    assert (quote.lines, quote.revision) == (cart.lines, cart.revision + 2)
    api.check_out(order_id=uuid7(), cart_id=cart.cart_id, revision=quote.revision)


def test_a_reopening_before_the_check_out_forbids_it(cart):
    order_id = uuid7()
    assert api.reopen(order_id=order_id, cart_id=cart.cart_id) is True

    with pytest.raises(CartChanged):
        api.check_out(order_id=order_id, cart_id=cart.cart_id, revision=cart.revision)

    assert Cart.objects.get(pk=cart.cart_id).status == "open"


def test_reopening_for_another_order_leaves_the_cart_alone(cart):
    first = uuid7()
    api.check_out(order_id=first, cart_id=cart.cart_id, revision=cart.revision)

    assert api.reopen(order_id=uuid7(), cart_id=cart.cart_id) is False

    assert Cart.objects.get(pk=cart.cart_id).order_id == first


def test_of_eight_orders_at_once_one_gets_the_cart(cart):
    orders = [uuid7() for _ in range(8)]
    results = at_once(
        *[partial(api.check_out, order_id=one, cart_id=cart.cart_id, revision=cart.revision) for one in orders]
    )

    won = [result.order_id for result in results if not isinstance(result, BaseException)]
    assert len(won) == 1
    assert {type(result) for result in results if isinstance(result, BaseException)} <= {CartOrdered}
    assert Cart.objects.get(pk=cart.cart_id).order_id == won[0]


def test_nothing_waits_in_cart():
    assert pending() == {}
