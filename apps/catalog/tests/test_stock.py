"""The shelf and its ledger: what the database itself refuses, and what staff may do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.db.models import F

from apps.catalog import api as catalog
from apps.catalog.contracts import OutOfStock, StockLine, StockNotFound
from apps.catalog.models import Price, Stock, StockMovement
from apps.catalog.models.stock import LedgerIsAppendOnly
from apps.catalog.services.adjust_stock import adjust_stock
from apps.catalog.services.expire_holds import expire_holds
from apps.catalog.services.receive_stock import MOST_UNITS, receive_stock
from apps.catalog.testing.facts import facts, pending
from apps.catalog.testing.make import make_product, numbers
from shop import call, clock
from shop.errors import Invalid
from shop.ids import uuid7
from shop.principal import Principal

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize("column", ["available", "held", "sold"])
def test_the_database_itself_refuses_negative_stock(column):
    make_product(stock={"MUG-BLUE": 5})
    with pytest.raises(IntegrityError):
        Stock.objects.filter(sku="MUG-BLUE").update(**{column: F(column) - 6})
    with pytest.raises(IntegrityError):
        Stock.objects.create(sku="RAW", location_id="main", **{column: -1})
    assert numbers("MUG-BLUE") == (5, 0, 0)


def test_the_database_itself_refuses_a_second_row_of_a_sku_at_a_location():
    make_product(stock={"MUG-BLUE": 5})
    with pytest.raises(IntegrityError):
        Stock.objects.create(sku="MUG-BLUE", location_id="main")


def test_the_database_itself_refuses_a_second_standing_price_and_a_negative_one():
    make_product(stock={"MUG-BLUE": 5})
    variant = Price.objects.get().variant_id
    with pytest.raises(IntegrityError):
        Price.objects.create(variant_id=variant, currency="EUR", amount_minor=1)
    with pytest.raises(IntegrityError):
        Price.objects.create(variant_id=variant, currency="USD", amount_minor=-1)


def test_goods_that_arrive_are_in_the_ledger_with_reason_and_person():
    make_product(stock={"MUG-BLUE": 0})
    with call.scope(principal=Principal(kind="staff", subject="user:7")):
        receive_stock(sku="MUG-BLUE", quantity=4, reason="delivery 17")
    line = StockMovement.objects.get()
    assert (line.sku, line.available_delta, line.kind, line.reference, line.actor) == (
        "MUG-BLUE",
        4,
        "receive",
        "delivery 17",
        "user:7",
    )
    assert numbers("MUG-BLUE") == (4, 0, 0)


def test_a_correction_may_go_down_to_the_last_free_unit_and_not_below():
    make_product(stock={"MUG-BLUE": 5})
    adjust_stock(sku="MUG-BLUE", delta=-2, reason="two broke")
    adjust_stock(sku="MUG-BLUE", delta=1, reason="one was glued")
    with pytest.raises(OutOfStock) as refusal:
        adjust_stock(sku="MUG-BLUE", delta=-5, reason="thief")
    assert refusal.value.params == {"sku": "MUG-BLUE", "location": "main", "left": 4}
    adjust_stock(sku="MUG-BLUE", delta=-4, reason="flood")
    assert numbers("MUG-BLUE") == (0, 0, 0)
    assert facts()["stock"]["MUG-BLUE"] == {
        **dict.fromkeys(("available", "held", "sold", "received"), 0),
        **dict.fromkeys(("ledger_available", "ledger_held", "ledger_sold"), 0),
    }


def test_wrong_units_and_unknown_shelves_are_refused():
    make_product(stock={"MUG-BLUE": 5})
    for quantity in (0, -1, MOST_UNITS + 1):
        with pytest.raises(Invalid):
            receive_stock(sku="MUG-BLUE", quantity=quantity, reason="test")
    with pytest.raises(Invalid):
        adjust_stock(sku="MUG-BLUE", delta=0, reason="test")
    with pytest.raises(StockNotFound):
        receive_stock(sku="NOPE", quantity=1, reason="test")
    with pytest.raises(StockNotFound):
        adjust_stock(sku="NOPE", delta=-1, reason="test")
    assert numbers("MUG-BLUE") == (5, 0, 0)


def test_the_ledger_can_only_be_appended_to():
    make_product(stock={"MUG-BLUE": 5})
    line = StockMovement.objects.get()
    line.available_delta = 500
    attempts = (
        line.save,
        line.delete,
        lambda: StockMovement.objects.update(available_delta=500),
        lambda: StockMovement.objects.all().delete(),
        lambda: StockMovement.objects.bulk_update([line], ["available_delta"]),
    )
    for attempt in attempts:
        with pytest.raises(LedgerIsAppendOnly):
            attempt()
    assert StockMovement.objects.get().available_delta == 5


def test_nothing_is_pending_in_a_shop_at_rest():
    make_product(stock={"MUG-BLUE": 5})
    assert pending() == {"holds_past_their_time": 0, "ripples": 0, "render_due": 0}


def test_one_hold_that_does_not_fit_its_stock_does_not_keep_the_others(caplog):
    make_product(stock={"MUG-BLUE": 5, "MUG-RED": 5})
    for sku in ("MUG-BLUE", "MUG-RED"):
        catalog.reserve_stock(order_id=uuid7(), lines=(StockLine(sku=sku, quantity=1),), hold_seconds=1)
    Stock.objects.filter(sku="MUG-BLUE").update(held=0)
    with clock.shifted(timedelta(minutes=1)):
        assert expire_holds(limit=100) == 1
    assert numbers("MUG-RED") == (5, 0, 0)
    assert "past its time" in caplog.text
