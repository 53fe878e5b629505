"""Two buyers of the demo shop who asked their bank for the money: one is not decided, one was won."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from apps.orders.models import Order, OrderEvent
from apps.orders.services.accept_dispute import NEWS
from apps.payments import api as payments
from apps.payments.contracts import DisputeStatus
from shop.errors import IdempotencyMismatch
from shop.money import Money

ANSWER_WITHIN = timedelta(days=7)


class Disputed(NamedTuple):
    """Why, and what became of it."""

    reason: str
    status: DisputeStatus


DISPUTED: dict[str, Disputed] = {
    "SO-DEM0-0008": Disputed("product_not_received", DisputeStatus.WON),
    "SO-DEM0-0018": Disputed("product_unacceptable", DisputeStatus.OPEN),
}
"""By the number of the order, which was paid by card."""


def dispute(order: Order, amount: Money, at: datetime) -> list[OrderEvent]:
    """Hand it to payments; the entries of the order's timeline that tell of it."""
    found = DISPUTED.get(order.number)
    if found is None:
        return []
    with suppress(IdempotencyMismatch):  # imported by a run that was interrupted on another day
        payments.import_dispute(
            dispute_id=f"du_demo_{order.number[-4:]}",
            order_id=order.pk,
            amount=amount,
            reason=found.reason,
            status=found.status,
            opened_at=at,
            answer_before=at + ANSWER_WITHIN,
        )
    told = f"{amount}, {found.reason}"
    return [
        OrderEvent(
            order_id=order.pk,
            at=at + timedelta(days=step),
            frm=order.status,
            to=order.status,
            actor="payments",
            reason=NEWS[status],
            detail=told,
        )
        for step, status in enumerate(dict.fromkeys((DisputeStatus.OPEN, found.status)))
    ]
