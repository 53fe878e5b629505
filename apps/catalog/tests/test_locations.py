"""Several places with stock: which gives first, what a closed one does, and what cannot be deleted."""

from __future__ import annotations

from functools import partial

import pytest

from apps.catalog import api as catalog
from apps.catalog.contracts import LocationInUse, OutOfStock, Reservation, StaleStock, StockLine, Taken
from apps.catalog.models import Hold, Product, Stock, StockLocation, StockMovement
from apps.catalog.services import save_location
from apps.catalog.services.delete_location import delete_location
from apps.catalog.services.open_shelf import open_shelf
from apps.catalog.services.receive_stock import receive_stock
from apps.catalog.services.save_location import change_location, create_location, settle_locations
from apps.catalog.services.transfer_stock import transfer_stock
from apps.catalog.testing.facts import facts
from apps.catalog.testing.make import make_product, numbers
from shop.ids import uuid7
from shop.testing.drain import drain
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


def place(code: str, position: int, stock: int) -> None:
    create_location(code=code, name=code.title(), position=position)
    if stock:
        receive_stock(sku="MUG-BLUE", quantity=stock, reason="test", location=code)


def reserve(quantity: int, sku: str = "MUG-BLUE") -> Reservation:
    return catalog.reserve_stock(order_id=uuid7(), lines=(StockLine(sku, quantity),), hold_seconds=600)


def held() -> dict[str, int]:
    return dict(Stock.objects.filter(sku="MUG-BLUE", held__gt=0).values_list("location_id", "held"))


def close(code: str) -> StockLocation:
    return change_location(code=code, active=False)


def balanced() -> bool:
    row = facts()["stock"]["MUG-BLUE"]
    return all(row[name] == row[f"ledger_{name}"] for name in ("available", "held", "sold"))


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (4, {"main": 4}),
        (5, {"main": 5}),
        (6, {"main": 5, "near": 1}),
        (8, {"main": 5, "near": 3}),
        (9, {"main": 5, "near": 3, "far": 1}),
        (11, {"main": 5, "near": 3, "far": 3}),
    ],
)
def test_main_gives_first_and_then_the_others_by_position(quantity, expected):
    make_product(stock={"MUG-BLUE": 5})
    place("far", 9, 3)
    place("near", -2, 3)  # before main by its number, and yet after it
    reserve(quantity)
    assert held() == expected
    [hold] = Hold.objects.all()
    assert {location: units for _, location, units in hold.lines} == expected
    assert balanced()


def test_more_than_all_locations_have_holds_nothing_anywhere():
    make_product(stock={"MUG-BLUE": 5})
    place("attic", 1, 3)
    with pytest.raises(OutOfStock) as refusal:
        reserve(9)
    assert refusal.value.params == {"sku": "MUG-BLUE", "left": 8}
    assert held() == {}
    assert balanced()


def test_many_buyers_empty_three_locations_to_the_last_unit_and_no_further():
    make_product(stock={"MUG-BLUE": 3})
    place("near", 1, 4)
    place("far", 2, 4)
    results = at_once(*[partial(reserve, 2)] * 8)  # 16 wanted, 11 there: one is left over
    assert sorted(type(result).__name__ for result in results) == ["OutOfStock"] * 3 + ["Reservation"] * 5
    assert sum(held().values()) == 10
    assert sum(Stock.objects.filter(sku="MUG-BLUE").values_list("available", flat=True)) == 1
    assert balanced()


def test_a_plan_that_a_rival_spoils_is_made_anew(monkeypatch):
    """What an engine does that lets others commit between our read and our update."""
    from apps.catalog.services import ledger

    make_product(stock={"MUG-BLUE": 3})
    place("near", 1, 4)
    place("far", 2, 4)
    plan, plans = ledger._in_order, []

    def spoiled(rows):
        plans.append(plan(rows))
        return [("main", 3), ("near", 40), ("far", 4)] if len(plans) == 1 else plans[-1]

    monkeypatch.setattr(ledger, "_in_order", spoiled)
    reserve(9)
    assert held() == {"main": 3, "near": 2, "far": 4}
    assert balanced()


def test_a_closed_location_takes_no_new_holds_and_keeps_the_old_ones():
    make_product(stock={"MUG-BLUE": 1})
    place("attic", 1, 5)
    order = reserve(3).order_id
    close("attic")
    with pytest.raises(OutOfStock) as refusal:
        reserve(1)
    assert refusal.value.params["left"] == 0
    [offer] = catalog.get_offers(skus=("MUG-BLUE",), currency="EUR")
    assert offer.available == 0
    catalog.commit_reservation(order_id=order)
    assert (numbers("MUG-BLUE"), numbers("MUG-BLUE", "attic")) == ((0, 0, 1), (3, 0, 2))
    change_location(code="attic", active=True)
    assert isinstance(reserve(3), Reservation)
    assert balanced()


def test_closing_and_opening_shows_in_the_documents():
    make_product(stock={"MUG-BLUE": 0})
    place("attic", 1, 5)
    drain("catalog")
    for active in (False, True):
        change_location(code="attic", name="Attic", position=1, active=active)
        drain("catalog")
        assert Product.objects.get().available is active


def test_closing_the_main_location_leaves_the_others_selling():
    make_product(stock={"MUG-BLUE": 5})
    place("attic", 1, 2)
    close("main")
    reserve(2)
    assert held() == {"attic": 2}
    with pytest.raises(OutOfStock):
        reserve(1)


def test_a_location_of_many_skus_is_settled_in_steps_and_the_job_does_the_rest(monkeypatch):
    monkeypatch.setattr(save_location, "BATCH", 2)
    monkeypatch.setattr(save_location, "SECONDS", 0.0)
    make_product(stock={f"MUG-{number}": 1 for number in range(5)})
    close("main")
    assert Stock.objects.filter(open=True).count() == 3
    while settle_locations():
        pass
    assert Stock.objects.filter(open=True).count() == 0


def test_a_shelf_made_at_a_closed_location_is_closed():
    make_product(stock={"MUG-BLUE": 0})
    create_location(code="attic", name="Attic", active=False)
    receive_stock(sku="MUG-BLUE", quantity=3, reason="test", location="attic")
    with pytest.raises(OutOfStock):
        reserve(1)
    transfer_stock(sku="MUG-BLUE", quantity=1, reason="test", location="attic", to="main")
    assert isinstance(reserve(1), Reservation)


def test_a_code_names_one_location():
    make_product()
    create_location(code="attic", name="Attic")
    with pytest.raises(Taken) as refusal:
        create_location(code="attic", name="Another")
    assert [(error.pointer, error.code) for error in refusal.value.errors] == [("/code", "taken")]


def test_a_change_of_a_location_that_was_changed_meanwhile_is_refused():
    make_product()
    create_location(code="attic", name="Attic")
    assert change_location(code="attic", name="Loft", revision=1).revision == 2
    with pytest.raises(StaleStock):
        change_location(code="attic", name="Garret", revision=1)
    with pytest.raises(StaleStock):
        delete_location(code="attic", revision=1)
    assert StockLocation.objects.get(pk="attic").name == "Loft"


def test_an_unused_location_is_deleted_with_its_empty_shelves():
    make_product()
    create_location(code="attic", name="Attic")
    open_shelf(sku="MUG-BLUE", location="attic")
    delete_location(code="attic")
    assert list(StockLocation.objects.values_list("code", flat=True)) == ["main"]
    assert list(Stock.objects.values_list("location_id", flat=True)) == ["main"]


def test_a_location_with_stock_or_with_a_history_cannot_be_deleted():
    make_product(stock={"MUG-BLUE": 5})
    place("attic", 1, 2)
    with pytest.raises(LocationInUse, match="has stock"):
        delete_location(code="attic")
    transfer_stock(sku="MUG-BLUE", quantity=2, reason="test", location="attic", to="main")
    with pytest.raises(LocationInUse, match="ledger"):
        delete_location(code="attic")
    with pytest.raises(LocationInUse, match="main"):
        delete_location(code="main")
    assert StockLocation.objects.count() == 2
    assert StockMovement.objects.filter(location_id="attic").count() == 2


def test_a_location_deleted_while_its_first_units_arrive_is_either_kept_or_gone_with_them():
    make_product(stock={"MUG-BLUE": 5})
    create_location(code="attic", name="Attic")
    at_once(
        partial(delete_location, code="attic"),
        partial(receive_stock, sku="MUG-BLUE", quantity=2, reason="test", location="attic"),
    )
    standing = StockLocation.objects.filter(pk="attic").exists()
    shelves = list(Stock.objects.filter(location_id="attic").values_list("available", flat=True))
    assert shelves == ([2] if standing else [])
    assert balanced()
