"""Authorized money: the order goes on as if paid, captures with its first parcel, lets go when it is cancelled."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.orders.contracts import CancelReason, IllegalMove, OrderStatus
from apps.orders.models import Order, OrderCapture, OrderEvent, OrderRefund, Parcel
from apps.orders.services import accept_capture as accepting
from apps.orders.services import capture_order as capturing
from apps.orders.services.accept_capture import accept_capture, accept_part, accept_void
from apps.orders.services.accept_payment import accept_authorization
from apps.orders.services.cancel_order import cancel_order
from apps.orders.services.settle_review import accept_as_paid
from apps.orders.services.ship_parcel import Label, ship_parcel
from apps.orders.tasks import advance_due_orders, capture_shipped_orders
from apps.orders.tests.doubles import eur
from apps.orders.tests.test_admin import page
from apps.payments.contracts import CaptureRefused, CaptureStatus, PaymentStatus, VoidReason
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.ids import derived_id, uuid7

pytestmark = pytest.mark.usefixtures("database")
TOTAL = eur(2495)


def authorize(order_id, amount=TOTAL):
    transact("orders", lambda: accept_authorization(order_id=order_id, amount=amount))
    advance_due_orders()


def captured(order_id, amount=TOTAL, **how):
    transact("orders", lambda: accept_capture(order_id=order_id, amount=amount, **how))


def captured_part(order_id, amount, total):
    transact("orders", lambda: accept_part(order_id=order_id, amount=amount, total=total))


def voided(order_id, reason=VoidReason.CANCELED):
    transact("orders", lambda: accept_void(order_id=order_id, amount=TOTAL, reason=reason))


def ship(order, wanted=None):
    return ship_parcel(order, parcel_id=uuid7(), label=Label(), wanted=wanted, actor="staff:1")


def cancel(order):
    return cancel_order(order, actor="buyer", reason=CancelReason.CUSTOMER)


def reasons():
    return list(OrderEvent.objects.order_by("at", "id").values_list("reason", flat=True))


@pytest.fixture
def order(world) -> Order:
    """Confirmed, its 24.95 EUR set aside and nothing taken."""
    world.set_aside = True
    placed = world.place().order
    authorize(placed.pk)
    return world.order()


def test_an_authorized_order_is_confirmed_and_its_stock_sold(world, order):
    assert (order.status, order.authorized_minor, order.paid_minor, world.hold) == ("confirmed", 2495, 0, "sold")
    assert "payment_authorized" in reasons()
    authorize(order.pk)
    assert world.order().revision == order.revision


def test_a_payment_that_opens_authorized_goes_on_at_once(world):
    world.opens_as = PaymentStatus.AUTHORIZED
    placed = world.place().order
    assert (placed.status, placed.authorized_minor, placed.paid_minor) == ("confirmed", 2495, 0)


def test_another_amount_than_the_total_waits_for_staff(world):
    placed = world.place().order
    authorize(placed.pk, eur(2000))
    assert (world.order().status, world.order().authorized_minor) == ("review", 2000)


def test_the_first_parcel_asks_for_the_capture_and_later_ones_do_not(world, order):
    ship(order, {"A": 1})
    assert capture_shipped_orders() == 1
    ship(world.order(), {"A": 1})
    assert capture_shipped_orders() == 0
    assert world.captures == {derived_id(order.pk, "capture"): TOTAL}
    assert OrderCapture.objects.get().state == "done"
    captured(order.pk)
    assert (world.order().paid_minor, world.order().status) == (2495, "shipped")


def test_a_capture_that_is_lost_is_asked_for_again_under_the_same_id(world, order, monkeypatch):
    ship(order)

    def crash(_point):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(capturing, "fault", crash)
        with pytest.raises(KeyboardInterrupt):
            capture_shipped_orders()
    assert OrderCapture.objects.get().state == "asked"
    with clock.shifted(timedelta(minutes=10)):
        assert capture_shipped_orders() == 1
    assert (list(world.captures), OrderCapture.objects.get().state) == ([derived_id(order.pk, "capture")], "done")


def test_a_silent_provider_is_asked_again(world, order):
    ship(order)
    world.fails["capture_payment"] = [Unavailable("no answer")]
    world.capture_status = CaptureStatus.PENDING
    for minutes in (0, 10, 20):
        with clock.shifted(timedelta(minutes=minutes)):
            assert capture_shipped_orders() == 1
    assert OrderCapture.objects.get().state == "asked"
    world.capture_status = CaptureStatus.SUCCEEDED
    with clock.shifted(timedelta(hours=1)):
        capture_shipped_orders()
    assert (OrderCapture.objects.get().state, OrderCapture.objects.get().attempts) == ("done", 4)


def test_what_finance_captured_before_is_not_asked_for(world, order):
    captured(order.pk, eur(2000))
    ship(world.order())
    assert not OrderCapture.objects.exists()
    assert world.order().paid_minor == 2000


def test_of_what_finance_captured_in_parts_the_first_parcel_asks_for_the_rest(world, order):
    captured_part(order.pk, eur(1000), eur(1000))
    captured_part(order.pk, eur(500), eur(1500))
    captured_part(order.pk, eur(1000), eur(1000))  # an old letter
    assert (world.order().paid_minor, world.order().authorized_minor, world.order().status) == (1500, 2495, "confirmed")
    assert reasons().count("payment_partly_captured") == 2
    ship(world.order())
    capture_shipped_orders()
    assert world.captures == {derived_id(order.pk, "capture"): eur(995)}
    captured(order.pk)
    assert (world.order().paid_minor, reasons()[-1]) == (2495, "payment_captured")


def test_a_part_that_orders_has_not_heard_of_yet_leaves_less_to_capture(world, order):
    ship(order)
    less = CaptureRefused("Only 14.95 EUR is set aside.", reason="more_than_authorized", left=1495)
    world.fails["capture_payment"] = [less]
    capture_shipped_orders()
    assert (OrderCapture.objects.get().state, OrderCapture.objects.get().amount_minor) == ("asked", 1495)
    capture_shipped_orders()
    assert world.captures == {derived_id(order.pk, "capture"): eur(1495)}
    assert "capture_refused" not in reasons()


def test_a_part_that_is_under_way_is_waited_for(world, order):
    ship(order)
    world.fails["capture_payment"] = [CaptureRefused("A part is being captured.", reason="in_progress")]
    capture_shipped_orders()
    assert OrderCapture.objects.get().state == "asked"
    with clock.shifted(timedelta(minutes=10)):
        capture_shipped_orders()
    assert (world.captures, OrderCapture.objects.get().state) == ({derived_id(order.pk, "capture"): TOTAL}, "done")


def test_cancelled_after_parts_were_captured_the_rest_is_let_go_and_the_parts_sent_back(world, order):
    captured_part(order.pk, eur(1000), eur(1000))
    world.voids_as, world.paid = PaymentStatus.SUCCEEDED, 1000
    assert cancel(world.order()).status == "cancelled"
    assert (list(world.refunds.values()), "void_payment" in world.calls) == ([eur(1000)], True)
    captured(order.pk, eur(1000))
    assert (world.order().status, world.order().paid_minor, len(world.refunds)) == ("cancelled", 1000, 1)


def test_cancelled_before_the_last_part_is_heard_of_all_parts_are_sent_back_at_once(world, order):
    captured_part(order.pk, eur(1000), eur(1000))
    world.voids_as, world.paid = PaymentStatus.SUCCEEDED, 1700
    assert cancel(world.order()).status == "cancelled"
    assert list(world.refunds.values()) == [eur(1700)]


def test_finance_that_was_faster_by_a_moment_is_no_refusal(world, order):
    ship(order)
    world.fails["capture_payment"] = [CaptureRefused("It was captured already.", reason="already_captured")]
    capture_shipped_orders()
    assert OrderCapture.objects.get().state == "done"
    assert "capture_refused" not in reasons()


def test_money_that_cannot_be_taken_any_more_is_seen(world, order, caplog, staff):
    ship(order)
    world.fails["capture_payment"] = [CaptureRefused("It was let go.", reason="voided")]
    capture_shipped_orders()
    assert (OrderCapture.objects.get().state, reasons()[-1]) == ("refused", "capture_refused")
    assert "its money cannot be taken" in caplog.text
    assert capture_shipped_orders() == 0
    assert "It was let go." in page(staff, "/admin/orders/ordercapture/?state__exact=refused")


def test_cancelled_before_capture_it_is_let_go_and_nothing_is_refunded(world, order, told):
    cancelled = cancel(order)
    assert (cancelled.status, cancelled.authorized_minor) == ("cancelled", 0)
    voided(order.pk)
    assert "void_payment" in world.calls
    assert (world.refunds, OrderRefund.objects.count(), world.hold) == ({}, 0, "released")
    assert (world.order().status, world.order().authorized_minor, reasons()[-1]) == ("cancelled", 0, "payment_voided")
    assert [(name, event.get("refunded")) for name, event in told()] == [
        ("order_confirmed", None),
        ("order_cancelled", False),
    ]


def test_captured_just_before_it_is_let_go_it_is_sent_back(world, order):
    world.voids_as, world.paid = PaymentStatus.SUCCEEDED, 1000
    assert cancel(order).status == "cancelled"
    assert list(world.refunds.values()) == [eur(1000)]
    captured(order.pk, eur(1000))
    assert (world.order().status, world.order().paid_minor, len(world.refunds)) == ("cancelled", 1000, 1)


def test_news_of_the_capture_before_the_step_does_not_keep_the_money(world, order):
    world.voids_as, world.paid = PaymentStatus.SUCCEEDED, 2495
    world.fails["void_payment"] = [Unavailable("no answer")]
    assert cancel(order).status == "refunding"
    captured(order.pk)
    with clock.shifted(timedelta(hours=1)):
        advance_due_orders()
    assert (world.order().status, list(world.refunds.values())) == ("cancelled", [TOTAL])


def test_cancelled_after_a_partial_capture_what_was_captured_is_sent_back(world, order):
    captured(order.pk, eur(1000))
    assert cancel(world.order()).status == "cancelled"
    assert (list(world.refunds.values()), "void_payment" in world.calls) == ([eur(1000)], False)


def test_what_cannot_be_known_yet_is_asked_again(world, order):
    world.voids_as = PaymentStatus.PROCESSING
    assert cancel(order).status == "refunding"
    world.voids_as = PaymentStatus.CANCELED
    with clock.shifted(timedelta(hours=1)):
        advance_due_orders()
    assert world.order().status == "cancelled"


def test_an_authorization_that_lapses_stops_the_order_before_anything_is_shipped(world, order, told):
    voided(order.pk, VoidReason.EXPIRED)
    stopped = world.order()
    assert (stopped.status, stopped.authorized_minor, reasons()[-1]) == ("review", 0, "authorization_expired")
    accept_as_paid(stopped, actor="staff:1", detail="paid by bank transfer")
    advance_due_orders()
    ship(world.order())
    assert (world.order().status, OrderCapture.objects.count()) == ("shipped", 0)
    assert [name for name, _ in told()].count("order_confirmed") == 1


def test_one_whose_rest_lapses_after_a_part_was_captured_waits_for_staff_too(world, order):
    """Nobody has decided that ten euro are enough."""
    captured_part(order.pk, eur(1000), eur(1000))
    captured(order.pk, eur(1000), let_go=True, lapsed=True)
    stopped = world.order()
    assert (stopped.status, stopped.paid_minor, stopped.authorized_minor) == ("review", 1000, 1000)
    last = OrderEvent.objects.order_by("at", "id").last()
    assert (last.reason, last.detail) == ("authorization_expired", "14.95 EUR")
    with pytest.raises(IllegalMove):
        ship(stopped)
    accept_as_paid(stopped, actor="staff:1", detail="the rest came by bank transfer")
    advance_due_orders()
    ship(world.order())
    assert (world.order().status, OrderCapture.objects.count()) == ("shipped", 0)


def test_one_whose_rest_lapsed_is_given_up_and_the_part_that_came_goes_back(world, order):
    captured_part(order.pk, eur(1000), eur(1000))
    captured(order.pk, eur(1000), let_go=True, lapsed=True)
    cancel_order(world.order(), actor="staff:1", reason=CancelReason.STAFF)
    assert list(world.refunds.values()) == [eur(1000)]


def test_nothing_is_shipped_on_money_that_was_let_go_while_the_news_is_under_way(world, order):
    """Finance voids, and a packer is faster than the event."""
    world.payment = PaymentStatus.CANCELED
    with pytest.raises(IllegalMove, match="was let go") as no:
        ship(order)
    assert no.value.params == {"status": "confirmed", "reason": "let_go"}
    assert (world.order().status, OrderCapture.objects.count()) == ("confirmed", 0)
    voided(order.pk)
    accept_as_paid(world.order(), actor="staff:1", detail="A gift.")
    advance_due_orders()
    world.calls.clear()
    ship(world.order())
    assert (world.order().status, OrderCapture.objects.count(), world.calls) == ("shipped", 0, [])


def test_nothing_is_shipped_while_its_money_is_being_let_go_and_nobody_knows_yet(world, order):
    """Finance voids and the provider is silent: a parcel would stay unpaid."""
    world.letting_go = True
    for wanted in (None, {"A": 1}):
        with pytest.raises(IllegalMove) as no:
            ship(order, wanted)
        assert no.value.params == {"status": "confirmed", "reason": "being_let_go"}
    assert (world.order().status, Parcel.objects.count(), OrderCapture.objects.count()) == ("confirmed", 0, 0)


def test_once_the_rest_is_let_go_the_parts_that_came_are_enough_to_ship(world, order):
    captured_part(order.pk, eur(1000), eur(1000))
    world.letting_go = True
    with pytest.raises(IllegalMove):
        ship(world.order())
    world.letting_go = False
    captured(order.pk, eur(1000))
    ship(world.order())
    assert (world.order().status, world.order().paid_minor, OrderCapture.objects.count()) == ("shipped", 1000, 0)


def test_a_second_parcel_does_not_leave_either_while_the_money_of_both_is_being_let_go(world, order):
    """It was voided before the worker could capture for the first one."""
    ship(order, {"A": 1})
    world.letting_go = True
    with pytest.raises(IllegalMove, match="is being let go"):
        ship(world.order())
    assert (world.order().status, Parcel.objects.count()) == ("partly_shipped", 1)


def test_a_lapsed_order_can_be_cancelled_and_nothing_is_refunded(world, order):
    voided(order.pk, VoidReason.EXPIRED)
    stopped = cancel_order(world.order(), actor="staff:1", reason=CancelReason.STAFF)
    assert (stopped.status, world.refunds, world.hold) == ("cancelled", {}, "released")


def test_an_authorization_for_a_cancelled_order_is_let_go_by_itself(world):
    placed = world.place().order
    cancel(placed)
    assert world.order().status == "cancelled"
    authorize(placed.pk)
    assert (world.order().status, "void_payment" in world.calls) == ("cancelled", True)
    assert OrderRefund.objects.count() == 0


def test_a_buyer_whose_money_was_set_aside_faster_than_the_cancellation_has_an_order(world):
    placed = world.place().order
    world.set_aside, world.cancels_as = True, PaymentStatus.AUTHORIZED
    cancel(placed)
    assert (world.order().status, world.order().authorized_minor) == ("confirmed", 2495)


def test_news_heard_before_a_rival_wrote_is_written_on_what_the_rival_left(world, order, monkeypatch):
    """A stale read planted: between the look and the write somebody else writes."""
    move, rivals = accepting.move_order, [lambda: Order.objects.filter(pk=order.pk).update(revision=order.revision + 1)]

    def slow(seen, go):
        if rivals:
            rivals.pop()()
        return move(seen, go)

    monkeypatch.setattr(accepting, "move_order", slow)
    voided(order.pk, VoidReason.EXPIRED)
    assert (world.order().status, world.order().revision) == (OrderStatus.REVIEW, order.revision + 2)


def test_a_capture_that_another_order_event_never_announced_counts_as_money(world):
    placed = world.place().order
    captured(placed.pk)
    advance_due_orders()
    assert (world.order().status, world.order().paid_minor) == ("confirmed", 2495)
