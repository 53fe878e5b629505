"""A buyer's bank took the money back, or has decided: the timeline tells it, and people do what is to be done."""

from __future__ import annotations

import logging
from uuid import UUID

from apps.orders.models import Order
from apps.payments.contracts import DisputeStatus
from shop.money import Money

from .move_order import note_order

logger = logging.getLogger(__name__)

ACTOR = "payments"
NEWS = {
    DisputeStatus.OPEN: "payment_disputed",
    DisputeStatus.WON: "dispute_won",
    DisputeStatus.LOST: "dispute_lost",
}


def note_dispute(*, order_id: UUID, amount: Money, reason: str, status: DisputeStatus) -> None:
    """The order stays where it is: goods that left cannot be called back, and no refund is made of disputed money."""
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        logger.error("dispute of an order that does not exist: %s", order_id)
        return
    note_order(order, NEWS[status], detail=f"{amount}, {reason}", actor=ACTOR)
