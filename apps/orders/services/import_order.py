"""Take over an order that was made elsewhere, or for the demo: rows only, the saga leaves it alone."""

from __future__ import annotations

from collections.abc import Sequence

from apps.orders.models import Order, OrderEvent, OrderLine
from shop.db import transact


def import_order(order: Order, lines: Sequence[OrderLine], timeline: Sequence[OrderEvent]) -> bool:
    """Store all of it, or nothing if there is an order with this id. No event is published, nothing is due."""
    order.due = None

    def effect() -> bool:
        if Order.objects.filter(pk=order.pk).exists():
            return False
        order.save(force_insert=True)
        OrderLine.objects.bulk_create(lines)
        OrderEvent.objects.bulk_create(timeline)
        return True

    return transact("orders", effect)
