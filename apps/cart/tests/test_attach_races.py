"""Attaching at the same moment as everything else: nothing is lost, one cart is open. Real threads."""

from __future__ import annotations

import threading
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connections

from apps.cart import api
from apps.cart.contracts import CartChanged, CartMerged, CartNotFound, CartOrdered
from apps.cart.models import Cart, CartLine
from apps.cart.rules import Strategy
from apps.cart.services import attach_cart as attaching
from apps.cart.services.add_line import add_line
from apps.cart.services.attach_cart import attach_cart
from apps.cart.services.create_cart import create_cart
from apps.cart.tests.doubles import offer, shelf
from shop.ids import uuid7
from shop.testing.races import at_once, happens_after, happens_before

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def goods():
    with shelf(*(offer(sku, available=900) for sku in "ABC")) as it:
        yield it


def filled(customer_id: UUID | None = None, **quantities: int) -> UUID:
    cart_id = create_cart(currency="EUR", customer_id=customer_id)[0].cart_id
    for sku, quantity in quantities.items():
        add_line(cart_id=cart_id, customer_id=customer_id, sku=sku, quantity=quantity)
    return cart_id


def attach(cart_id: UUID, customer_id: UUID) -> Any:
    return partial(attach_cart, cart_id=cart_id, customer_id=customer_id, strategy=Strategy.MERGE)


def failures(results: list[Any], *expected: type[Exception]) -> list[BaseException]:
    return [one for one in results if isinstance(one, BaseException) and not isinstance(one, expected)]


def contents(cart_id: UUID) -> dict[str, int]:
    return dict(CartLine.objects.filter(cart_id=cart_id).values_list("sku", "quantity"))


def test_twenty_threads_that_attach_two_carts_at_once_lose_nothing():
    ada = uuid7()
    first, second = filled(A=2, B=1), filled(B=3, C=4)

    results = at_once(*[attach(first, ada), attach(second, ada)] * 10)

    assert failures(results) == []
    [mine] = Cart.objects.filter(customer_id=ada, status="open")
    assert {one.quote.cart_id for one in results} == {mine.pk}
    assert contents(mine.pk) == {"A": 2, "B": 4, "C": 4}
    assert sorted(Cart.objects.values_list("status", flat=True)) == ["merged", "open"]
    assert CartLine.objects.count() == 3


def test_a_cart_that_a_twin_attaches_meanwhile_is_not_merged_into_itself():
    ada = uuid7()
    guest = filled(A=2, B=1)

    with happens_before("apps.cart.services.attach_cart.find_mine", attach(guest, ada)):
        attach(guest, ada)()

    assert contents(guest) == {"A": 2, "B": 1}
    assert Cart.objects.get().revision == 3


def test_twenty_threads_that_attach_to_a_cart_that_is_there_lose_nothing():
    ada = uuid7()
    mine = filled(ada, A=1)
    guests = [filled(A=1, B=1) for _ in range(4)]

    results = at_once(*[attach(guest, ada) for guest in guests * 5])

    assert failures(results) == []
    assert contents(mine) == {"A": 5, "B": 4}
    assert Cart.objects.get(pk=mine).revision == 1 + 4


def test_twenty_threads_that_open_a_customers_cart_open_one():
    ada = uuid7()

    results = at_once(*[partial(create_cart, currency="EUR", customer_id=ada)] * 20)

    assert failures(results) == []
    assert len({quote.cart_id for quote, _ in results}) == Cart.objects.count() == 1
    assert [made for _, made in results].count(True) == 1


def eight_customers_want_one_cart() -> tuple[UUID, list[Any]]:
    guest = filled(A=1)
    return guest, at_once(*[attach(guest, uuid7()) for _ in range(8)])


def test_of_eight_customers_who_attach_one_cart_one_gets_it():
    guest, results = eight_customers_want_one_cart()

    assert failures(results, CartNotFound) == []
    assert len([one for one in results if not isinstance(one, CartNotFound)]) == 1
    assert Cart.objects.get(pk=guest).revision == 2


def test_control_without_the_condition_it_goes_from_hand_to_hand(monkeypatch):
    everybody_has_read = threading.Barrier(8)

    def unguarded(cart_id: UUID, _owner: UUID | None) -> Any:
        return Cart.objects.filter(pk=cart_id)

    def nobody_has_one(_customer_id: UUID) -> None:
        everybody_has_read.wait(20)

    monkeypatch.setattr(attaching, "open_cart", unguarded)
    monkeypatch.setattr(attaching, "find_mine", nobody_has_one)

    guest, _ = eight_customers_want_one_cart()

    assert Cart.objects.get(pk=guest).revision == 1 + 8


def test_what_a_guest_adds_in_that_moment_is_in_the_merged_cart_or_refused():
    ada = uuid7()
    mine, guest = filled(ada, A=1), filled(A=1)
    adding = partial(add_line, cart_id=guest, customer_id=None, sku="A", quantity=1)

    results = at_once(attach(guest, ada), *[adding] * 8)

    assert failures(results, CartNotFound) == []
    added = [one for one in results[1:] if not isinstance(one, CartNotFound)]
    assert contents(mine) == {"A": 2 + len(added)}
    assert contents(guest) == {}


def test_what_another_device_adds_in_that_moment_is_not_lost():
    ada = uuid7()
    mine, guest = filled(ada, A=1), filled(A=1, B=1)
    adding = partial(add_line, cart_id=mine, customer_id=ada, sku="A", quantity=1)

    results = at_once(attach(guest, ada), *[adding] * 8)

    assert failures(results) == []
    assert contents(mine) == {"A": 10, "B": 1}


@pytest.mark.parametrize("whose", ["the guest's", "mine"])
def test_an_order_in_that_moment_gets_all_of_its_cart_or_none(whose):
    for _ in range(5):
        ada, order_id = uuid7(), uuid7()
        mine, guest = filled(ada, A=1), filled(B=1)
        wanted = guest if whose == "the guest's" else mine
        revision = Cart.objects.get(pk=wanted).revision
        order = partial(api.check_out, order_id=order_id, cart_id=wanted, revision=revision)

        attached, ordered = at_once(attach(guest, ada), order)

        assert failures([attached, ordered], CartOrdered, CartChanged, CartNotFound, CartMerged) == []
        taken = not isinstance(ordered, BaseException)
        assert (Cart.objects.get(pk=wanted).order_id == order_id) is taken
        if taken:
            assert contents(wanted) == ({"B": 1} if whose == "the guest's" else {"A": 1})
        else:
            assert contents(mine) == {"A": 1, "B": 1}
        assert Cart.objects.filter(customer_id=ada, status="open").count() <= 1
        assert sum(CartLine.objects.filter(cart_id__in=[mine, guest]).values_list("quantity", flat=True)) == 2


def test_a_cart_that_comes_back_while_a_new_one_is_opened_loses_nothing():
    for _ in range(5):
        ada, order_id = uuid7(), uuid7()
        first = filled(ada, A=2)
        api.check_out(order_id=order_id, cart_id=first, revision=Cart.objects.get(pk=first).revision)

        back, made = at_once(
            partial(api.reopen, order_id=order_id, cart_id=first),
            partial(create_cart, currency="EUR", customer_id=ada),
        )

        assert failures([back, made]) == []
        [open_one] = Cart.objects.filter(customer_id=ada, status="open")
        assert contents(open_one.pk) == {"A": 2}


def test_a_cart_that_comes_back_finds_the_new_one_that_was_opened_after_it_had_looked():
    if connections["cart"].vendor == "sqlite":
        pytest.skip("SQLite lets one transaction write at a time: nobody opens a cart between look and write")
    ada, order_id = uuid7(), uuid7()
    first = filled(ada, A=2)
    api.check_out(order_id=order_id, cart_id=first, revision=Cart.objects.get(pk=first).revision)
    made = []

    with happens_after("apps.cart.queries.find_open_cart", lambda: made.append(filled(ada, B=1))):
        assert api.reopen(order_id=order_id, cart_id=first) is True

    [open_one] = Cart.objects.filter(customer_id=ada, status="open")
    assert [open_one.pk] == made
    assert contents(open_one.pk) == {"A": 2, "B": 1}
    assert Cart.objects.get(pk=first).merged_into == open_one.pk
