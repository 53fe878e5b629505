"""Buyers at the same moment, with real threads; and a control that shows the race when the guard is off."""

from __future__ import annotations

from functools import partial
from uuid import UUID

import pytest
from django.db.models import F

from apps.catalog import api as catalog
from apps.catalog.contracts import HoldState, OutOfStock, Reservation, ReservationLost, StockLine
from apps.catalog.models import Stock
from apps.catalog.testing.facts import facts
from apps.catalog.testing.make import make_product, numbers
from shop.ids import uuid7
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")

BUYERS = 8


def reserve(*skus: str, order: UUID | None = None) -> Reservation:
    lines = tuple(StockLine(sku, 1) for sku in skus)
    return catalog.reserve_stock(order_id=order or uuid7(), lines=lines, hold_seconds=600)


def kinds(results) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def test_the_last_unit_goes_to_exactly_one_of_many_buyers():
    make_product(stock={"MUG-BLUE": 1})
    results = at_once(*[partial(reserve, "MUG-BLUE")] * BUYERS)
    assert kinds(results) == ["OutOfStock"] * (BUYERS - 1) + ["Reservation"]
    assert numbers("MUG-BLUE") == (0, 1, 0)


def test_without_the_guard_the_last_unit_is_sold_more_than_once():
    """The control: read, then decide. The pause is what a busy server makes by itself."""
    make_product(stock={"MUG-BLUE": 1})
    seen = at_once(*[lambda: Stock.objects.get(sku="MUG-BLUE").available >= 1] * BUYERS)
    sold = [Stock.objects.filter(sku="MUG-BLUE").update(sold=F("sold") + 1) for free in seen if free]
    assert len(sold) > 1
    assert numbers("MUG-BLUE")[2] > 1


def test_buyers_of_the_same_things_in_another_order_do_not_wait_for_each_other_for_ever():
    make_product(stock={"MUG-BLUE": BUYERS, "MUG-RED": BUYERS})
    both = [partial(reserve, "MUG-BLUE", "MUG-RED"), partial(reserve, "MUG-RED", "MUG-BLUE")]
    results = at_once(*both * (BUYERS // 2))
    assert kinds(results) == ["Reservation"] * BUYERS
    assert numbers("MUG-BLUE") == numbers("MUG-RED") == (0, BUYERS, 0)


def test_one_order_reserved_many_times_at_once_holds_once():
    make_product(stock={"MUG-BLUE": 5})
    order = uuid7()
    results = at_once(*[partial(reserve, "MUG-BLUE", order=order)] * 4)
    assert {result.state for result in results if isinstance(result, Reservation)} == {HoldState.HELD}
    assert numbers("MUG-BLUE") == (4, 1, 0)


def test_commit_and_release_at_once_leave_one_of_both_and_a_true_ledger():
    make_product(stock={"MUG-BLUE": 5})
    order = reserve("MUG-BLUE").order_id
    committed, released = at_once(
        lambda: catalog.commit_reservation(order_id=order), lambda: catalog.release_reservation(order_id=order)
    )
    assert isinstance(committed, Reservation | ReservationLost)
    assert isinstance(released, Reservation)
    expected = (4, 0, 1) if isinstance(committed, Reservation) else (5, 0, 0)
    assert numbers("MUG-BLUE") == expected
    row = facts()["stock"]["MUG-BLUE"]
    assert (row["ledger_available"], row["ledger_held"], row["ledger_sold"]) == expected


def test_a_delivery_among_buyers_is_not_lost():
    make_product(stock={"MUG-BLUE": 2})
    results = at_once(*[partial(reserve, "MUG-BLUE")] * 4)
    assert sum(isinstance(result, OutOfStock) for result in results) == 2
    assert numbers("MUG-BLUE") == (0, 2, 0)
