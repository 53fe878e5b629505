"""Use case: a sold order is cancelled before it was shipped, so its units can be sold again."""

from __future__ import annotations

from uuid import UUID

from apps.catalog.contracts import HoldState, Reservation
from apps.catalog.models import Hold, MovementKind

from .release_reservation import give_back, release_reservation


def restock(*, order_id: UUID) -> Reservation:
    """Sold goes back to the shelf, once. An order that was not sold yet is released."""
    hold = Hold.objects.filter(pk=order_id, state=HoldState.SOLD.value).first()
    if hold is None:
        return release_reservation(order_id=order_id)
    if not give_back(hold, kind=MovementKind.RESTOCK):
        return restock(order_id=order_id)
    return hold.answer()
