"""A refund is done at the provider: tell the buyer, once per refund."""

from __future__ import annotations

from uuid import UUID

from apps.orders.models import Order, OrderRefund
from shop.events import publish
from shop.money import Money

from . import news
from .move_order import note_order

ACTOR = "payments"


def accept_refund(*, order_id: UUID, refund_id: UUID, amount: Money, reason: str) -> None:
    """Mark the refund done and publish OrderRefunded. One that is done already, or not ours, is ignored."""
    State = OrderRefund.State  # noqa: N806  # an enum's name
    waiting = OrderRefund.objects.filter(pk=refund_id, state__in=[State.ASKED, State.SENT, State.REFUSED])
    if not waiting.update(state=State.DONE):
        return
    order = Order.objects.get(pk=order_id)
    note_order(order, "refund_succeeded", detail=str(amount), actor=ACTOR)
    publish(news.refunded(order, amount, reason), key=order.pk)
