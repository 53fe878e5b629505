"""Low stock is told once per crossing, by what the ledger says, and outside the transaction of any order."""

from __future__ import annotations

import json
from functools import partial

import pytest

from apps.catalog import api as catalog
from apps.catalog.contracts import StockLine, StockLow, StockRecovered
from apps.catalog.models import StockLevel, StockWatch
from apps.catalog.services import watch_stock as watching
from apps.catalog.services.adjust_stock import adjust_stock
from apps.catalog.services.publish_product import publish_product, withdraw_product
from apps.catalog.services.receive_stock import receive_stock
from apps.catalog.services.save_location import change_location, create_location
from apps.catalog.services.set_threshold import set_threshold
from apps.catalog.services.stock_state import stock_of
from apps.catalog.services.watch_stock import walk_stock, watch_stock
from apps.catalog.testing.make import make_product
from shop.ids import uuid7
from shop.models import OutboxRow
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


def buy(quantity: int, sku: str = "MUG-BLUE") -> None:
    catalog.reserve_stock(order_id=uuid7(), lines=(StockLine(sku, quantity),), hold_seconds=600)


def told() -> list[tuple[str, str, int]]:
    """(event, SKU, units) of each crossing told so far, oldest first."""
    rows = OutboxRow.objects.using("catalog").order_by("id")
    names = {StockLow.name, StockRecovered.name}
    found = [(row.name, json.loads(row.payload)) for row in rows if row.name in names]
    return [(name.split(".")[1], payload["sku"], payload["available"]) for name, payload in found]


@pytest.fixture
def mugs(database):
    product = make_product(stock={"MUG-BLUE": 8})
    watch_stock()
    return product


def test_a_sku_that_falls_to_its_threshold_is_told_once_and_not_at_each_sale(mugs):
    for _ in range(4):
        buy(1)
        watch_stock()
    assert told() == [("stock_low", "MUG-BLUE", 5)]
    assert stock_of("MUG-BLUE").low


def test_many_sales_between_two_looks_are_one_crossing(mugs):
    for _ in range(4):
        buy(1)
    assert watch_stock() == 1
    assert watch_stock() == 0
    assert told() == [("stock_low", "MUG-BLUE", 4)]


def test_the_reservation_itself_tells_nothing_and_marks_nothing(mugs):
    buy(4)
    assert told() == []
    assert StockLevel.objects.count() == 0


def test_it_is_told_again_only_after_it_has_recovered(mugs):
    buy(3)
    watch_stock()
    receive_stock(sku="MUG-BLUE", quantity=1, reason="delivery")
    assert told()[1:] == [("stock_recovered", "MUG-BLUE", 6)]
    adjust_stock(sku="MUG-BLUE", delta=-2, reason="broke")
    assert told()[2:] == [("stock_low", "MUG-BLUE", 4)]


def test_a_first_delivery_that_is_small_is_marked_but_no_news(database):
    make_product(stock={"MUG-BLUE": 3})
    watch_stock()
    assert stock_of("MUG-BLUE").low
    assert told() == []


def test_many_who_look_at_the_same_moment_tell_once(mugs):
    buy(3)
    at_once(*[watch_stock] * 4)
    watch_stock()  # on an engine where all gave way to each other
    assert told() == [("stock_low", "MUG-BLUE", 5)]


def test_a_threshold_of_its_own_counts_before_the_usual_one(mugs):
    set_threshold(sku="MUG-BLUE", threshold=2)
    buy(5)
    watch_stock()
    assert told() == []
    buy(1)
    watch_stock()
    assert [event[:2] for event in told()] == [("stock_low", "MUG-BLUE")]
    set_threshold(sku="MUG-BLUE", threshold=None)
    assert stock_of("MUG-BLUE").threshold == 5
    set_threshold(sku="MUG-BLUE", threshold=0)
    assert not stock_of("MUG-BLUE").low


def test_what_is_not_on_sale_is_not_low(mugs):
    withdraw_product(product_id=mugs)
    adjust_stock(sku="MUG-BLUE", delta=-6, reason="gift")
    walk_stock(limit=10)
    assert told() == []
    assert not StockLevel.objects.filter(low=True).exists()
    publish_product(product_id=mugs)
    walk_stock(limit=10)  # what just fell is the job's, which finds it in the ledger
    watch_stock()
    assert told() == [("stock_low", "MUG-BLUE", 2)]


def test_closing_a_location_can_make_a_sku_low(mugs):
    create_location(code="attic", name="Attic", position=1)
    receive_stock(sku="MUG-BLUE", quantity=3, reason="test", location="attic")
    change_location(code="main", name="Main", active=False)
    assert told() == [("stock_low", "MUG-BLUE", 3)]


def test_the_walk_marks_what_no_movement_tells_of_step_by_step_and_without_news(database, settings):
    make_product(stock={f"MUG-{number}": 8 for number in range(5)})
    watch_stock()
    StockWatch.objects.update(seen=watching._latest())
    settings.LOW_STOCK_THRESHOLD = 10
    assert [walk_stock(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert told() == []
    settings.LOW_STOCK_THRESHOLD = 1
    assert sum(walk_stock(limit=2) for _ in range(4)) == 5


def test_a_worker_that_was_away_reads_the_ledger_from_where_it_stopped(mugs, monkeypatch):
    monkeypatch.setattr(watching, "_PAGE", 2)
    for _ in range(7):
        buy(1)
    assert watch_stock() == 1
    assert told() == [("stock_low", "MUG-BLUE", 1)]


def test_alerts_do_not_grow_the_reservation(mugs):
    """The hot transaction knows nothing of thresholds: the same statements with and without a level of its own."""
    from shop.testing.counting import queries_of

    set_threshold(sku="MUG-BLUE", threshold=7)
    with queries_of("catalog") as low:
        buy(1)
    set_threshold(sku="MUG-BLUE", threshold=0)
    with queries_of("catalog") as usual:
        buy(1)
    assert len(low) == len(usual)


def test_several_skus_are_told_each_by_itself(database):
    make_product(stock={"MUG-BLUE": 8, "MUG-RED": 8})
    watch_stock()
    at_once(partial(buy, 4), partial(buy, 5, "MUG-RED"))
    watch_stock()
    assert sorted(told()) == [("stock_low", "MUG-BLUE", 4), ("stock_low", "MUG-RED", 3)]
