"""Every port of catalog, through its door: each answer and each refusal."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from apps.catalog import api as catalog
from apps.catalog.contracts import HoldState, Offer, OutOfStock, ReservationLost, SoldIn, StockLine, UnknownSku
from apps.catalog.models import Hold, Price, StockLocation, StockMovement, Variant
from apps.catalog.services.expire_holds import expire_holds
from apps.catalog.services.publish_product import withdraw_product
from apps.catalog.services.receive_stock import receive_stock
from apps.catalog.services.render_product import render_product
from apps.catalog.testing.facts import facts
from apps.catalog.testing.make import make_product, numbers
from shop import clock
from shop.errors import Invalid
from shop.ids import uuid7
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")


def reserve(*lines: tuple[str, int], order: UUID | None = None, seconds: int = 600):
    order = order or uuid7()
    stock_lines = tuple(StockLine(sku, quantity) for sku, quantity in lines)
    return catalog.reserve_stock(order_id=order, lines=stock_lines, hold_seconds=seconds)


def lapse(order: UUID) -> None:
    """The safety net takes the hold."""
    with clock.shifted(timedelta(hours=1)):
        assert expire_holds(limit=10) == 1
    assert Hold.objects.get(pk=order).lapsed is True


def balanced() -> bool:
    """available + held + sold = received, and the ledger's sums are the stock."""
    return all(
        row["available"] + row["held"] + row["sold"] == row["received"]
        and all(row[name] == row[f"ledger_{name}"] for name in ("available", "held", "sold"))
        for row in facts()["stock"].values()
    )


# --- get_offers ---


def test_an_offer_tells_name_price_and_what_is_left():
    product_id = make_product("blue-mug", stock={"MUG-BLUE": 5}, price=Money(1200, "EUR"))
    offers = catalog.get_offers(skus=("MUG-BLUE",), currency="EUR")
    assert offers == (
        Offer(
            sku="MUG-BLUE",
            product_id=product_id,
            product_slug="blue-mug",
            name="Blue Mug, blue",
            price=Money(1200, "EUR"),
            tax_class="standard",
            available=5,
        ),
    )


def test_an_offer_sums_up_all_locations():
    make_product(stock={"MUG-BLUE": 5})
    second_location(2)
    [offer] = catalog.get_offers(skus=("MUG-BLUE",), currency="EUR")
    assert offer.available == 7


def test_what_is_unknown_unpublished_or_has_no_such_price_is_left_out():
    make_product(stock={"MUG-BLUE": 5})
    make_product("secret", stock={"SECRET": 5}, published=False)
    assert catalog.get_offers(skus=("NOPE", "SECRET"), currency="EUR") == ()
    assert catalog.get_offers(skus=("MUG-BLUE",), currency="JPY") == ()
    assert catalog.get_offers(skus=(), currency="EUR") == ()


def test_of_several_valid_prices_the_one_that_started_last_counts():
    product_id = make_product(stock={"MUG-BLUE": 5}, price=Money(1200, "EUR"))
    starts = clock.now() + timedelta(days=1)
    variant = Variant.objects.get(sku="MUG-BLUE")
    Price.objects.create(
        variant=variant, currency="EUR", amount_minor=900, valid_from=starts, valid_until=starts + timedelta(days=1)
    )
    render_product(product_id=product_id)

    def amount_after(days: float) -> int:
        with clock.shifted(timedelta(days=days)):
            return catalog.get_offers(skus=("MUG-BLUE",), currency="EUR")[0].price.amount

    assert [amount_after(days) for days in (0, 1.5, 2.5)] == [1200, 900, 1200]


# --- reserve_stock ---


def test_reserving_moves_units_from_the_shelf_to_the_hold():
    make_product(stock={"MUG-BLUE": 5, "MUG-RED": 2})
    answer = reserve(("MUG-RED", 1), ("MUG-BLUE", 2))
    assert answer.state is HoldState.HELD
    assert numbers("MUG-BLUE") == (3, 2, 0)
    assert numbers("MUG-RED") == (1, 1, 0)
    assert balanced()


def test_the_same_sku_on_two_lines_is_held_in_sum():
    make_product(stock={"MUG-BLUE": 5})
    reserve(("MUG-BLUE", 2), ("MUG-BLUE", 3))
    assert numbers("MUG-BLUE") == (0, 5, 0)


def test_reserving_twice_for_one_order_holds_once():
    make_product(stock={"MUG-BLUE": 5})
    order = uuid7()
    first = reserve(("MUG-BLUE", 2), order=order)
    assert reserve(("MUG-BLUE", 2), order=order) == first
    assert numbers("MUG-BLUE") == (3, 2, 0)


def test_too_few_units_hold_nothing_at_all():
    make_product(stock={"MUG-BLUE": 5, "MUG-RED": 2})
    with pytest.raises(OutOfStock) as refusal:
        reserve(("MUG-BLUE", 1), ("MUG-RED", 3))
    assert refusal.value.params == {"sku": "MUG-RED", "left": 2}
    assert numbers("MUG-BLUE") == (5, 0, 0)
    assert Hold.objects.count() == 0
    assert balanced()


def test_the_same_order_may_be_tried_again_after_out_of_stock():
    make_product(stock={"MUG-BLUE": 1})
    order = uuid7()
    with pytest.raises(OutOfStock):
        reserve(("MUG-BLUE", 2), order=order)
    receive_stock(sku="MUG-BLUE", quantity=1, reason="test")
    assert reserve(("MUG-BLUE", 2), order=order).state is HoldState.HELD


def test_an_unknown_or_withdrawn_sku_is_refused():
    product_id = make_product(stock={"MUG-BLUE": 5})
    with pytest.raises(UnknownSku) as refusal:
        reserve(("NOPE", 1))
    assert refusal.value.params == {"sku": "NOPE"}
    withdraw_product(product_id=product_id)
    with pytest.raises(UnknownSku):
        reserve(("MUG-BLUE", 1))
    assert numbers("MUG-BLUE") == (5, 0, 0)


@pytest.mark.parametrize("quantity", [0, -1])
def test_a_quantity_below_one_is_refused(quantity):
    make_product(stock={"MUG-BLUE": 5})
    with pytest.raises(Invalid):
        reserve(("MUG-BLUE", quantity))
    assert numbers("MUG-BLUE") == (5, 0, 0)


def second_location(quantity: int) -> None:
    StockLocation.objects.create(code="attic", name="Attic", position=1)
    receive_stock(sku="MUG-BLUE", quantity=quantity, reason="test", location="attic")


def test_an_order_may_be_filled_from_two_locations_and_sold_there():
    make_product(stock={"MUG-BLUE": 2})
    second_location(3)
    answer = reserve(("MUG-BLUE", 4))
    assert (numbers("MUG-BLUE"), numbers("MUG-BLUE", "attic")) == ((0, 2, 0), (1, 2, 0))
    catalog.commit_reservation(order_id=answer.order_id)
    assert (numbers("MUG-BLUE"), numbers("MUG-BLUE", "attic")) == ((0, 0, 2), (1, 0, 2))
    assert balanced()


# --- commit_reservation ---


def test_committing_sells_what_is_held_once():
    make_product(stock={"MUG-BLUE": 5})
    order = reserve(("MUG-BLUE", 2)).order_id
    for _ in range(2):
        assert catalog.commit_reservation(order_id=order).state is HoldState.SOLD
    assert numbers("MUG-BLUE") == (3, 0, 2)
    assert balanced()


def test_a_lapsed_hold_is_taken_again_when_the_money_comes():
    make_product(stock={"MUG-BLUE": 5})
    order = reserve(("MUG-BLUE", 2)).order_id
    lapse(order)
    assert numbers("MUG-BLUE") == (5, 0, 0)
    assert catalog.commit_reservation(order_id=order).state is HoldState.SOLD
    assert numbers("MUG-BLUE") == (3, 0, 2)
    assert balanced()


def test_a_lapsed_hold_whose_stock_is_gone_is_lost():
    make_product(stock={"MUG-BLUE": 2})
    order = reserve(("MUG-BLUE", 2)).order_id
    lapse(order)
    reserve(("MUG-BLUE", 1))
    with pytest.raises(ReservationLost):
        catalog.commit_reservation(order_id=order)
    assert numbers("MUG-BLUE") == (1, 1, 0)
    assert Hold.objects.get(pk=order).state == "released"
    assert balanced()


def test_a_lapsed_hold_of_a_withdrawn_product_is_still_filled():
    product_id = make_product(stock={"MUG-BLUE": 2})
    order = reserve(("MUG-BLUE", 2)).order_id
    lapse(order)
    withdraw_product(product_id=product_id)
    assert catalog.commit_reservation(order_id=order).state is HoldState.SOLD


def test_what_was_never_reserved_or_released_on_purpose_cannot_be_sold():
    make_product(stock={"MUG-BLUE": 5})
    with pytest.raises(ReservationLost):
        catalog.commit_reservation(order_id=uuid7())
    order = reserve(("MUG-BLUE", 2)).order_id
    catalog.release_reservation(order_id=order)
    with pytest.raises(ReservationLost):
        catalog.commit_reservation(order_id=order)
    assert numbers("MUG-BLUE") == (5, 0, 0)


# --- release_reservation ---


def test_releasing_gives_the_units_back_once():
    make_product(stock={"MUG-BLUE": 5})
    order = reserve(("MUG-BLUE", 2)).order_id
    for _ in range(2):
        assert catalog.release_reservation(order_id=order).state is HoldState.RELEASED
    assert numbers("MUG-BLUE") == (5, 0, 0)
    assert balanced()


def test_a_release_that_comes_first_forbids_the_hold():
    make_product(stock={"MUG-BLUE": 5})
    order = uuid7()
    assert catalog.release_reservation(order_id=order).state is HoldState.RELEASED
    assert reserve(("MUG-BLUE", 2), order=order).state is HoldState.RELEASED
    assert numbers("MUG-BLUE") == (5, 0, 0)
    assert balanced()


def test_a_forbidden_hold_is_answered_even_when_the_stock_is_gone():
    make_product(stock={"MUG-BLUE": 1})
    order = uuid7()
    catalog.release_reservation(order_id=order)
    assert reserve(("MUG-BLUE", 2), order=order).state is HoldState.RELEASED


def test_what_is_sold_stays_sold_after_a_release():
    make_product(stock={"MUG-BLUE": 5})
    order = reserve(("MUG-BLUE", 2)).order_id
    catalog.commit_reservation(order_id=order)
    assert catalog.release_reservation(order_id=order).state is HoldState.SOLD
    assert numbers("MUG-BLUE") == (3, 0, 2)


def test_a_lapsed_hold_that_is_released_cannot_be_taken_again():
    make_product(stock={"MUG-BLUE": 5})
    order = reserve(("MUG-BLUE", 2)).order_id
    lapse(order)
    assert catalog.release_reservation(order_id=order).state is HoldState.RELEASED
    with pytest.raises(ReservationLost):
        catalog.commit_reservation(order_id=order)
    assert numbers("MUG-BLUE") == (5, 0, 0)
    assert balanced()


# --- restock ---


def test_restocking_gives_sold_units_back_once():
    make_product(stock={"MUG-BLUE": 5})
    order = reserve(("MUG-BLUE", 2)).order_id
    catalog.commit_reservation(order_id=order)
    for _ in range(2):
        assert catalog.restock(order_id=order).state is HoldState.RELEASED
    assert numbers("MUG-BLUE") == (5, 0, 0)
    assert balanced()
    kinds = StockMovement.objects.order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["receive", "hold", "sell", "restock"]


def test_restocking_what_is_only_held_or_unknown_releases_it():
    make_product(stock={"MUG-BLUE": 5})
    order = reserve(("MUG-BLUE", 2)).order_id
    assert catalog.restock(order_id=order).state is HoldState.RELEASED
    assert catalog.restock(order_id=uuid7()).state is HoldState.RELEASED
    assert numbers("MUG-BLUE") == (5, 0, 0)
    assert balanced()


def test_a_hold_is_moved_only_from_the_state_that_was_read():
    make_product(stock={"MUG-BLUE": 5})
    order = reserve(("MUG-BLUE", 2)).order_id
    stale = Hold.objects.get(pk=order)
    catalog.commit_reservation(order_id=order)
    assert not stale.move_to(HoldState.RELEASED)
    assert Hold.objects.get(pk=order).state == "sold"


# --- get_currencies ---


def test_a_variant_tells_in_which_currencies_it_has_a_price():
    make_product("mug", stock={"MUG-BLUE": 1})
    make_product("cup", stock={"CUP-BLUE": 1}, price=Money(900, "USD"))
    make_product("draft", stock={"DRAFT-BLUE": 1}, published=False)

    found = catalog.get_currencies(skus=("CUP-BLUE", "DRAFT-BLUE", "MUG-BLUE", "NOPE"))

    assert found == (SoldIn("CUP-BLUE", ("USD",)), SoldIn("MUG-BLUE", ("EUR",)))
    assert catalog.get_currencies(skus=()) == ()
