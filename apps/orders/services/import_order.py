"""Take over an order that was made elsewhere, or for the demo: rows only, the saga leaves it alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from apps.orders.contracts import OrderStatus
from apps.orders.models import Order, OrderEvent, OrderLine, Parcel, ParcelLine
from shop.db import transact


def import_order(
    order: Order,
    lines: Sequence[OrderLine],
    timeline: Sequence[OrderEvent],
    parcels: Sequence[Parcel] = (),
    *,
    also: Callable[[], object] | None = None,
) -> bool:
    """Store all of it, or nothing if there is an order with this id. No event is published, nothing is due.

    The first parcel holds all lines, or the first one of an order that is partly shipped. `also` writes more rows in
    the same transaction: what came back, what was refunded.
    """
    order.due = None
    inside = list(lines)[:1] if order.state == OrderStatus.PARTLY_SHIPPED else list(lines)
    for line in inside if parcels else ():
        line.shipped = line.quantity

    def effect() -> bool:
        if Order.objects.filter(pk=order.pk).exists():
            return False
        order.save(force_insert=True)
        OrderLine.objects.bulk_create(lines)
        OrderEvent.objects.bulk_create(timeline)
        Parcel.objects.bulk_create(parcels)
        ParcelLine.objects.bulk_create(
            [
                ParcelLine(parcel_id=parcel.pk, line_id=line.pk, sku=line.sku, quantity=line.quantity)
                for parcel in parcels[:1]
                for line in inside
            ]
        )
        if also is not None:
            also()
        return True

    return transact("orders", effect)
