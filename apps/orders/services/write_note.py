"""What staff note on an order: for colleagues, or for the buyer too."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError

from apps.orders.models import Order, OrderEvent
from shop.db import transact

NOTE = "note"


def write_note(order: Order, *, note_id: UUID, text: str, actor: str, for_buyer: bool) -> OrderEvent:
    """An entry of the timeline, once per id. Only one that is `for_buyer` does the buyer see, with its text."""
    entry = OrderEvent(
        id=note_id,
        order_id=order.pk,
        frm=order.status,
        to=order.status,
        actor=actor,
        reason=NOTE,
        detail=text,
        visible=OrderEvent.Visible.ALL if for_buyer else OrderEvent.Visible.NOTHING,
    )
    try:
        transact("orders", lambda: entry.save(force_insert=True))
    except IntegrityError:
        return OrderEvent.objects.get(pk=note_id, order_id=order.pk)
    return entry
