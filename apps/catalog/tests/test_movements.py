"""What staff do to the stock: goods arrive, counts are corrected, units travel; each once, on what was seen."""

from __future__ import annotations

from functools import partial

import pytest

from apps.catalog.contracts import OutOfStock, StaleStock, StockNotFound
from apps.catalog.models import MovementKind, Stock, StockLocation, StockMovement
from apps.catalog.services.adjust_stock import adjust_stock
from apps.catalog.services.ledger import MOST_ON_SHELF
from apps.catalog.services.move_stock import Once
from apps.catalog.services.receive_stock import receive_stock
from apps.catalog.services.save_location import create_location
from apps.catalog.services.stock_state import stock_of
from apps.catalog.services.transfer_stock import transfer_stock
from apps.catalog.testing.facts import facts
from apps.catalog.testing.make import make_product, numbers
from shop.errors import Invalid
from shop.ids import uuid7
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def mugs_and_an_attic(database):
    make_product(stock={"MUG-BLUE": 5})
    create_location(code="attic", name="Attic", position=1)


def ledger() -> list[tuple[str, str, int]]:
    """(kind, location, free units) of each line since the opening stock, oldest first."""
    lines = StockMovement.objects.order_by("id").values_list("kind", "location_id", "available_delta")
    return list(lines)[1:]


def test_units_travel_between_locations_in_two_lines_that_add_up_to_nothing():
    transfer_stock(sku="MUG-BLUE", quantity=2, reason="shelf is full", location="main", to="attic")
    assert (numbers("MUG-BLUE"), numbers("MUG-BLUE", "attic")) == ((3, 0, 0), (2, 0, 0))
    assert ledger() == [("transfer", "main", -2), ("transfer", "attic", 2)]
    assert {line.reference for line in StockMovement.objects.filter(kind=MovementKind.TRANSFER)} == {"shelf is full"}
    assert facts()["stock"]["MUG-BLUE"]["received"] == 5


def test_more_than_there_is_does_not_travel_and_leaves_no_trace():
    with pytest.raises(OutOfStock) as refusal:
        transfer_stock(sku="MUG-BLUE", quantity=6, reason="test", location="main", to="attic")
    assert refusal.value.params == {"sku": "MUG-BLUE", "location": "main", "left": 5}
    assert (numbers("MUG-BLUE"), numbers("MUG-BLUE", "attic")) == ((5, 0, 0), (0, 0, 0))
    assert ledger() == []


def test_a_transfer_names_two_locations_that_exist():
    with pytest.raises(Invalid) as refusal:
        transfer_stock(sku="MUG-BLUE", quantity=1, reason="test", location="main", to="main")
    assert [error.pointer for error in refusal.value.errors] == ["/to"]
    with pytest.raises(Invalid) as refusal:
        transfer_stock(sku="MUG-BLUE", quantity=1, reason="test", location="moon", to="mars")
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [
        ("/location", "unknown_location"),
        ("/to", "unknown_location"),
    ]
    assert Stock.objects.count() == 1


def test_the_first_units_at_a_location_open_its_shelf_on_sale():
    receive_stock(sku="MUG-BLUE", quantity=3, reason="delivery", location="attic")
    row = Stock.objects.get(location_id="attic")
    assert (row.available, row.sellable, row.open) == (3, True, True)
    assert StockLocation.objects.get(pk="attic").shelves == 1


def test_a_sku_that_was_never_sold_here_gets_no_shelf():
    with pytest.raises(StockNotFound):
        receive_stock(sku="NOPE", quantity=1, reason="test", location="attic")
    assert Stock.objects.filter(sku="NOPE").count() == 0
    assert StockLocation.objects.get(pk="attic").shelves == 0


def test_an_operation_that_is_repeated_moves_units_once():
    once = Once(operation_id=uuid7(), seen=[stock_of("MUG-BLUE").version])
    for _ in range(2):  # the second time, what was seen is gone too: and still it is done, not refused
        transfer_stock(sku="MUG-BLUE", quantity=2, reason="test", location="main", to="attic", once=once)
    assert (numbers("MUG-BLUE"), numbers("MUG-BLUE", "attic")) == ((3, 0, 0), (2, 0, 0))
    assert len(ledger()) == 2


def test_one_operation_run_at_the_same_time_by_several_moves_units_once():
    once = Once(operation_id=uuid7())
    at_once(*[partial(receive_stock, sku="MUG-BLUE", quantity=3, reason="test", once=once)] * 4)
    assert numbers("MUG-BLUE") == (8, 0, 0)
    assert ledger() == [("receive", "main", 3)]


def test_a_movement_decided_on_stock_that_is_gone_is_refused():
    seen = stock_of("MUG-BLUE").version
    adjust_stock(sku="MUG-BLUE", delta=-1, reason="broke", once=Once(seen=[seen]))
    with pytest.raises(StaleStock):
        adjust_stock(sku="MUG-BLUE", delta=-1, reason="broke", once=Once(seen=[seen]))
    assert numbers("MUG-BLUE") == (4, 0, 0)
    adjust_stock(sku="MUG-BLUE", delta=-1, reason="broke", once=Once(seen=["*"]))
    assert numbers("MUG-BLUE") == (3, 0, 0)


def test_of_many_corrections_decided_on_the_same_count_one_is_made():
    once = [Once(operation_id=uuid7(), seen=[stock_of("MUG-BLUE").version]) for _ in range(6)]
    results = at_once(*[partial(adjust_stock, sku="MUG-BLUE", delta=2, reason="found", once=one) for one in once])
    assert sorted(type(result).__name__ for result in results) == ["NoneType"] + ["StaleStock"] * 5
    assert numbers("MUG-BLUE") == (7, 0, 0)


def test_without_what_was_seen_all_of_the_same_corrections_are_made():
    """The control: this is what If-Match is needed for."""
    at_once(*[partial(adjust_stock, sku="MUG-BLUE", delta=2, reason="found")] * 6)
    assert numbers("MUG-BLUE") == (17, 0, 0)


def test_a_shelf_never_holds_more_than_its_column():
    Stock.objects.filter(sku="MUG-BLUE").update(available=MOST_ON_SHELF - 1)
    with pytest.raises(Invalid):
        receive_stock(sku="MUG-BLUE", quantity=2, reason="test")
    receive_stock(sku="MUG-BLUE", quantity=1, reason="test")
    assert numbers("MUG-BLUE") == (MOST_ON_SHELF, 0, 0)
