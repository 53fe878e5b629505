"""Review: money that does not fit or could not go back, also days later, and the ways out that staff has."""

from __future__ import annotations

import pytest

from apps.orders.contracts import CancelReason, IllegalMove
from apps.orders.models import Order, OrderEvent, OrderRefund
from apps.orders.services.accept_refund import accept_failed_refund
from apps.orders.services.settle_review import accept_as_paid, refunded_by_hand
from apps.orders.tests.test_saga import cancel, pay, refund_done, work
from apps.payments.contracts import RefundStatus
from shop.db import transact
from shop.errors import Unavailable
from shop.ids import derived_id

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(world) -> Order:
    placed: Order = world.place().order
    return placed


def refund_failed(order: Order, reason: str = "customer") -> None:
    refund_id = derived_id(order.pk, f"refund:{reason}")
    transact("orders", lambda: accept_failed_refund(order_id=order.pk, refund_id=refund_id, reason="lost_card"))


@pytest.mark.parametrize("done", [False, True])
def test_a_refund_that_fails_after_the_order_was_cancelled_is_for_staff_and_can_be_repeated(world, order, told, done):
    world.refund_status = RefundStatus.PENDING
    pay(order)
    work()
    cancel(order)
    if done:
        refund_done(order, "customer")

    for _ in range(2):
        refund_failed(order)
    assert (world.order().status, world.order().revision) == ("review", 7)

    world.refund_status = RefundStatus.SUCCEEDED
    assert cancel(order, CancelReason.STAFF).status == "cancelled"
    assert sorted(row.state for row in OrderRefund.objects.all()) == ["refused", "sent"]
    assert (len(world.refunds), world.hold) == (2, "released")
    assert [name for name, _ in told()].count("order_cancelled") == 1


def test_news_of_a_failed_refund_may_overtake_our_own_step(world, order):
    world.refund_status = RefundStatus.PENDING
    pay(order)
    work()
    world.fail("release_reservation", Unavailable("down"))
    cancel(order)
    refund_failed(order)
    work(60)

    assert (world.order().status, OrderRefund.objects.get().state) == ("review", "refused")


def test_late_news_of_success_does_not_undo_a_failed_refund(world, order, told):
    pay(order)
    work()
    cancel(order)
    refund_failed(order)
    refund_done(order, "customer")

    assert (OrderRefund.objects.get().state, world.order().status) == ("refused", "review")
    assert "order_refunded" not in [name for name, _ in told()]


def test_staff_may_be_content_with_what_came(world, order, told):
    pay(order, 2494)
    accept_as_paid(Order.objects.get(), actor="staff:1", detail="One cent.")
    work()

    assert (world.order().status, world.hold, told()[0][0]) == ("confirmed", "sold", "order_confirmed")
    assert OrderEvent.objects.get(reason="accepted_as_paid").actor == "staff:1"


def test_nobody_is_content_with_money_that_was_to_go_back(world, order):
    pay(order)
    work()
    world.refund_status = RefundStatus.FAILED
    cancel(order)

    with pytest.raises(IllegalMove):
        accept_as_paid(Order.objects.get(), actor="staff:1", detail="No.")
    assert world.order().status == "review"


def test_staff_may_send_the_money_back_by_hand(world, order, told):
    pay(order)
    work()
    world.refund_status = RefundStatus.FAILED
    cancel(order)
    world.calls.clear()

    refunded_by_hand(Order.objects.get(), actor="staff:1", detail="By bank transfer.")
    work()

    assert (world.order().status, world.hold) == ("cancelled", "released")
    rows = OrderRefund.objects.order_by("at", "reason")
    assert [(row.reason, row.state, row.amount_minor) for row in rows] == [
        ("customer", "refused", 2495),
        ("by_hand", "done", 2495),
    ]
    assert "refund_payment" not in world.calls
    with pytest.raises(IllegalMove):
        refunded_by_hand(Order.objects.get(), actor="staff:1", detail="Twice.")
