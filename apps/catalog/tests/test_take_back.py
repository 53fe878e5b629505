"""What buyers sent back goes on a shelf once, never more than was sold, and the ledger explains it."""

from __future__ import annotations

import pytest

from apps.catalog import api as catalog
from apps.catalog.contracts import LocationNotFound, ReturnedStock
from apps.catalog.models import Stock, StockLocation, StockMovement
from apps.catalog.testing.make import make_product, numbers
from apps.catalog.tests.test_ports import balanced, reserve
from shop.errors import Invalid
from shop.ids import uuid7
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order():
    """Three of five mugs are sold to it."""
    make_product(stock={"MUG-BLUE": 5})
    order_id = reserve(("MUG-BLUE", 3)).order_id
    catalog.commit_reservation(order_id=order_id)
    return order_id


def take(order, quantity, *, key=None, location="", sku="MUG-BLUE"):
    lines = (ReturnedStock(sku, quantity, location),)
    return catalog.take_back(movement_id=key or uuid7(), order_id=order, lines=lines)


def test_what_came_back_is_on_the_shelf_once_however_often_it_is_said(order):
    key = uuid7()
    assert [take(order, 2, key=key), take(order, 2, key=key)] == [2, 2]
    assert (numbers("MUG-BLUE"), balanced()) == ((4, 0, 1), True)
    last = StockMovement.objects.filter(kind="returned").get()
    assert (last.pk, last.reference, last.sold_delta, last.available_delta) == (key, str(order), -2, 2)


def test_the_same_said_twice_at_once_is_said_once(order):
    key = uuid7()
    assert at_once(lambda: take(order, 2, key=key), lambda: take(order, 2, key=key)) == [2, 2]
    assert (numbers("MUG-BLUE"), balanced()) == ((4, 0, 1), True)


def test_never_more_comes_back_than_was_sold_to_that_order(order):
    other = reserve(("MUG-BLUE", 2)).order_id
    catalog.commit_reservation(order_id=other)
    take(order, 2)
    with pytest.raises(Invalid):
        take(order, 2)
    with pytest.raises(Invalid):
        take(order, 1, sku="CUP")
    with pytest.raises(Invalid):
        take(uuid7(), 1)
    assert (numbers("MUG-BLUE"), balanced()) == ((2, 0, 3), True)


def test_it_may_be_put_on_another_shelf(order):
    StockLocation(code="outlet", name="Outlet", position=9).save(force_insert=True)
    take(order, 1, location="outlet")
    assert (numbers("MUG-BLUE"), balanced()) == ((2, 0, 2), True)
    assert Stock.objects.get(sku="MUG-BLUE", location_id="outlet").available == 1
    assert {place.code for place in catalog.get_locations()} == {"main", "outlet"}
    with pytest.raises(LocationNotFound):
        take(order, 1, location="moon")
