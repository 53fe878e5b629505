"""The row of one refund, beside the order's revision, so that two of staff never send back more than is kept."""

from __future__ import annotations

from collections.abc import Callable

from django.db.models import F

from apps.orders.models import Order, OrderRefund
from shop import clock
from shop.db import transact

from .move_order import note_order


class _ChangedMeanwhile(Exception):
    """What is written along with it cannot be: nothing is."""


def write_refund(order: Order, row: OrderRefund, *, also: Callable[[], bool] | None = None) -> bool:
    """Store what is asked for. False, and nothing stored, if the order or what `also` writes has changed.

    What is kept must have been read after `order` was: whoever adds a refund makes the revision grow.
    """

    def effect() -> bool:
        same = Order.objects.filter(pk=order.pk, revision=order.revision)
        if not same.update(revision=F("revision") + 1, updated_at=clock.now()):
            return False
        row.save(force_insert=True)
        note_order(order, "refund_asked", detail=f"{row.amount}: {row.detail or row.reason}", actor=row.actor)
        if also is not None and not also():
            raise _ChangedMeanwhile
        return True

    try:
        written = transact("orders", effect)
    except _ChangedMeanwhile:
        return False
    if written:
        order.revision += 1
    return written
