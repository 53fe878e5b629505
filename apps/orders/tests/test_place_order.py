"""Placing an order: each outcome of steps 0 to 2, repeats, budgets, and what the buyer is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError

from apps.cart.contracts import CartChanged, CartOrdered, Problem
from apps.catalog.contracts import OutOfStock, UnknownSku
from apps.orders.contracts import CancelReason, CartNotReady, PriceChanged
from apps.orders.models import Order, OrderEvent, OrderLine
from apps.orders.services import create_order
from apps.orders.tasks import advance_due_orders
from apps.orders.testing.facts import pending
from apps.orders.tests.doubles import ADDRESS, eur
from apps.payments.contracts import PaymentRefused, PaymentStatus
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.ids import uuid7
from shop.ports import count_calls

pytestmark = pytest.mark.usefixtures("database")


def later(seconds: float = 60) -> None:
    """The worker, after any back-off and lease."""
    with clock.shifted(timedelta(seconds=seconds)):
        advance_due_orders()


def moves() -> list[str]:
    return list(OrderEvent.objects.order_by("at", "id").values_list("to", flat=True))


def test_an_order_is_written_reserved_and_waits_for_its_money(world):
    with count_calls() as calls:
        placed = world.place()

    order = world.order()
    assert (order.status, order.total_minor, order.told) == ("awaiting_payment", 2495, True)
    assert order.due == order.pay_until
    assert order.number.startswith("SO-")
    assert placed.sheet is not None
    assert placed.sheet.client_secret == "pi_1_secret"
    assert calls == ["cart.get_quote", "cart.check_out", "catalog.reserve_stock", "payments.open_payment"]
    assert moves() == ["pending", "reserved", "awaiting_payment"]
    assert (world.cart, world.hold, OrderLine.objects.get().total_minor) == ("ordered", "held", 2000)


def test_the_same_operation_is_the_same_order(world):
    order_id = uuid7()
    first, second = world.place(order_id), world.place(order_id)

    assert first.order.number == second.order.number
    assert second.sheet is None
    assert Order.objects.count() == 1
    assert world.calls.count("open_payment") == (2 if _strict() else 1)


def test_a_cart_with_problems_is_refused_with_each_of_them_and_nothing_is_written(world):
    world.problems = (Problem("out_of_stock", "Only 1 left.", sku="A", left=1), Problem("below_minimum", "Too little."))

    with pytest.raises(CartNotReady) as refused:
        world.place()

    assert [(one.pointer, one.code) for one in refused.value.errors] == [
        ("/lines/0", "out_of_stock"),
        ("/lines", "below_minimum"),
    ]
    assert not Order.objects.exists()


def test_a_price_that_the_buyer_has_not_acknowledged_is_refused_as_that(world):
    changed = Problem("price_changed", "It costs more.", sku="A", old=eur(900), new=eur(1000), action="acknowledge")
    world.problems = (changed,)
    with pytest.raises(PriceChanged) as refused:
        world.place(expected_total=eur(2495))
    assert [(one.pointer, one.code) for one in refused.value.errors] == [("/lines/0", "price_changed")]
    assert refused.value.params == {"actual": {"amount": 2495, "currency": "EUR"}}

    world.problems = (changed, Problem("below_minimum", "Too little."))
    with pytest.raises(CartNotReady):
        world.place()
    assert not Order.objects.exists()


def test_another_total_than_the_expected_one_is_refused(world):
    with pytest.raises(PriceChanged) as refused:
        world.place(expected_total=eur(2494))
    assert refused.value.params["actual"] == {"amount": 2495, "currency": "EUR"}
    assert not Order.objects.exists()

    assert world.place(expected_total=eur(2495)).order.total_minor == 2495


def test_a_cart_that_another_order_has_is_refused_with_that_orders_number(world):
    first = world.place().order
    world.fail("get_quote", CartOrdered("Ordered.", order_id=str(first.pk)))

    with pytest.raises(CartOrdered) as refused:
        world.place()

    assert refused.value.params["number"] == first.number
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("port", "error", "reason"),
    [
        ("reserve_stock", OutOfStock("Only 1 left.", sku="A", left=1), CancelReason.OUT_OF_STOCK),
        ("reserve_stock", UnknownSku("No A.", sku="A"), CancelReason.OUT_OF_STOCK),
        ("check_out", CartChanged("Changed."), CancelReason.CART_CHANGED),
        ("check_out", CartOrdered("Ordered.", order_id=str(uuid7())), CancelReason.CART_ORDERED),
    ],
)
def test_a_placement_that_fails_early_gives_everything_back_and_is_its_own_answer(world, told, port, error, reason):
    order_id = uuid7()
    world.fail(port, error)

    for _ in range(2):
        with pytest.raises(type(error)) as refused:
            world.place(order_id)
        assert refused.value.params == error.params

    order = world.order()
    assert (order.status, order.cancel_reason, order.due) == ("cancelled", reason, None)
    assert (world.cart, world.hold) == ("open", "released")
    assert "cancel_payment" not in world.calls  # nobody had asked for a payment
    assert told() == []
    assert set(pending().values()) == {0}


def test_a_payment_that_is_refused_is_closed_and_everything_given_back(world, told):
    world.fail("open_payment", PaymentRefused("Not in this currency.", reason="currency"))

    with pytest.raises(PaymentRefused):
        world.place()

    order = world.order()
    assert (order.status, order.cancel_reason) == ("cancelled", "payment_refused")
    assert (world.cart, world.hold, world.payment, told()) == ("open", "released", "canceled", [])


def test_a_payment_that_was_closed_already_gives_the_order_up(world):
    world.payment = "canceled"

    with pytest.raises(PaymentRefused):
        world.place()

    assert world.order().status == "cancelled"


def test_stock_that_was_given_back_on_purpose_is_not_taken_again(world):
    world.hold = "released"

    with pytest.raises(OutOfStock):
        world.place()

    assert world.order().status == "cancelled"


@pytest.mark.parametrize("port", ["check_out", "reserve_stock", "open_payment"])
def test_when_a_context_does_not_answer_the_request_ends_and_a_worker_goes_on(world, port):
    world.fail(port, Unavailable("down"))

    placed = world.place()

    assert placed.under_way
    assert "down" in Order.objects.get().last_error
    assert pending()["orders.due"] == 1
    later()
    order = world.order()
    assert (order.status, order.last_error, order.attempts) == ("awaiting_payment", "", 0)


def test_a_bug_in_a_step_is_kept_and_tried_again(world, caplog):
    world.fail("reserve_stock", ZeroDivisionError("oops"))

    assert world.place().under_way

    assert "ZeroDivisionError" in Order.objects.get().last_error
    assert "oops" in caplog.text
    later()
    assert world.order().status == "awaiting_payment"


def test_back_off_grows_with_the_attempts(world):
    world.fail("reserve_stock", *[Unavailable("down")] * 20)
    world.place()
    waits = []
    for _ in range(3):
        order = Order.objects.get()
        assert order.due is not None
        with clock.frozen(order.due):
            advance_due_orders()
            again = Order.objects.get().due
            assert again is not None
            waits.append((again - order.due).total_seconds())

    assert waits == [pytest.approx(0.05 * 2**attempts) for attempts in (2, 3, 4)]


def test_a_failure_after_an_answer_under_way_is_told(world, told):
    world.fail("reserve_stock", Unavailable("down"))
    assert world.place().under_way
    world.fail("reserve_stock", OutOfStock("Sold out.", sku="A", left=0))

    later()

    assert world.order().status == "cancelled"
    assert [(name, event["reason"], event["refunded"]) for name, event in told()] == [
        ("order_cancelled", "out_of_stock", False)
    ]


def test_a_request_without_time_hands_the_order_to_a_worker(world, settings):
    settings.PLACE_ORDER_BUDGET_SECONDS = 0
    from shop.jobs import woken

    woken.clear()
    placed = world.place()

    assert (placed.under_way, placed.order.status) == (True, "pending")
    assert "orders.advance_due_orders" in woken
    advance_due_orders()
    assert world.order().status == "awaiting_payment"


def test_a_total_of_nothing_or_a_fast_buyer_is_paid_at_once(world, told):
    world.opens_as = PaymentStatus.SUCCEEDED

    placed = world.place()

    assert placed.order.status == "confirmed"
    assert (world.hold, [name for name, _ in told()]) == ("sold", ["order_confirmed"])


def test_a_payment_that_cannot_be_opened_within_the_pay_window_is_given_up(world):
    world.fail("open_payment", Unavailable("down"))
    world.place()
    world.calls.clear()

    later(3600)

    assert "open_payment" not in world.calls
    order = world.order()
    assert (order.status, order.cancel_reason) == ("cancelled", "unpaid")
    assert world.calls.count("cancel_payment") == (2 if _strict() else 1)


def test_a_taken_number_is_replaced_by_another(world, monkeypatch):
    numbers = iter(["SO-AAAA-AAAA", "SO-AAAA-AAAA", "SO-BBBB-BBBB"])
    monkeypatch.setattr("shop.ids.public_code", lambda _prefix: next(numbers))

    world.place()
    world.place()

    assert set(Order.objects.values_list("number", flat=True)) == {"SO-AAAA-AAAA", "SO-BBBB-BBBB"}


def test_numbers_that_are_all_taken_are_an_error(world, monkeypatch):
    monkeypatch.setattr("shop.ids.public_code", lambda _prefix: "SO-AAAA-AAAA")
    world.place()

    with pytest.raises(IntegrityError):
        world.place()


def test_a_twin_of_the_operation_that_was_faster_has_the_order(world, monkeypatch):
    order_id = uuid7()
    first = world.place(order_id).order
    stale, leased = create_order.create_order(
        order_id=order_id, cart_id=world.cart_id, buyer=create_order.Buyer("b@example.com", "", ADDRESS, ADDRESS)
    )

    assert (stale.number, leased) == (first.number, False)


def test_the_database_refuses_a_total_that_is_not_the_sum(world):
    world.place()

    with pytest.raises(IntegrityError):
        transact("orders", lambda: Order.objects.update(total_minor=1))


def test_two_workers_run_one_order_once(world):
    world.fail("reserve_stock", Unavailable("down"))
    order = world.place().order
    from apps.orders.services.advance_order import claim_order

    with clock.shifted(timedelta(seconds=60)):
        twin = Order.objects.get()
        assert claim_order(twin) is True
        assert claim_order(Order.objects.get()) is False
        stale = replace_due(order)
        assert claim_order(stale) is False


def replace_due(order: Order) -> Order:
    order.due = clock.now() - timedelta(seconds=1)
    return order


def _strict() -> bool:
    from django.conf import settings

    return settings.SHOP_SHAPE == "strict"
