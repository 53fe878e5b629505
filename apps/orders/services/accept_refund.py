"""How a refund ended at the provider: the buyer is told of its success, staff decides after a failure."""

from __future__ import annotations

from uuid import UUID

from apps.orders.contracts import OrderStatus
from apps.orders.models import Order, OrderRefund
from apps.orders.rules import GOES_ON, may_move
from shop.events import publish
from shop.money import Money

from . import news
from .follow_refund import follow_refund
from .move_order import Go, move_order, note_order

ACTOR = "payments"
TRIES = 5
State = OrderRefund.State


def accept_refund(*, order_id: UUID, refund_id: UUID, amount: Money, reason: str) -> None:
    """Mark the refund done and publish OrderRefunded. One that is done already, or not ours, is ignored."""
    waiting = OrderRefund.objects.filter(pk=refund_id, state__in=[State.ASKED, State.SENT])
    if not waiting.update(state=State.DONE, due=None):
        return
    follow_refund(OrderRefund.objects.get(pk=refund_id), went=True)
    order = Order.objects.get(pk=order_id)
    note_order(order, "refund_succeeded", detail=str(amount), actor=ACTOR)
    publish(news.refunded(order, refund_id, amount, reason), key=order.pk)


def accept_failed_refund(*, order_id: UUID, refund_id: UUID, reason: str) -> None:
    """The money did not go back, perhaps days after it was promised: an order that was given up goes to review.

    One that stands stays where it is: its timeline and its list of refunds say it.
    One that its own step knows to be refused already, or that is not ours, is ignored.
    """
    promised = OrderRefund.objects.filter(pk=refund_id, state__in=[State.ASKED, State.SENT, State.DONE])
    if not promised.update(state=State.REFUSED, failure=reason[:500], due=None):
        return
    follow_refund(OrderRefund.objects.get(pk=refund_id), went=False)
    for _ in range(TRIES):
        order = Order.objects.get(pk=order_id)
        if order.state in GOES_ON or not may_move(order.state, OrderStatus.REVIEW):
            note_order(order, "refund_failed", detail=reason, actor=ACTOR)
            return
        if move_order(order, Go(OrderStatus.REVIEW, "refund_failed", reason, actor=ACTOR)):
            return
    raise RuntimeError(f"Order {order_id} changes too fast")
