"""A parcel is at the buyer's; with the last one the order is delivered."""

from __future__ import annotations

from uuid import UUID

from apps.orders.contracts import OrderStatus, ParcelDelivered
from apps.orders.models import Order, Parcel
from apps.orders.queries import get_parcel
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.events import publish

from .move_order import Go, move_order, note_order
from .news import whose

TRIES = 5


def deliver_parcel(order: Order, *, parcel_id: UUID, actor: str) -> Parcel:
    """Mark it delivered; one that is already stays as it is. Raises ParcelNotFound."""
    for _ in range(TRIES):
        parcel = get_parcel(order_id=order.pk, parcel_id=parcel_id)
        if parcel.state == Parcel.State.DELIVERED:
            return parcel
        if _deliver(order, parcel, actor):
            return Parcel.objects.get(pk=parcel_id)
        order.refresh_from_db()
    raise Unavailable("The order is changing right now.", retry_after=1)


def _deliver(order: Order, parcel: Parcel, actor: str) -> bool:
    """False if somebody else changed the order meanwhile."""
    others = Parcel.objects.filter(order_id=order.pk, state=Parcel.State.SHIPPED).exclude(pk=parcel.pk)
    complete = order.state == OrderStatus.SHIPPED and not others.exists()
    at = clock.now()
    event = ParcelDelivered(
        **whose(order),
        parcel_id=parcel.pk,
        complete=complete,
        delivered_at=at,
    )

    def mark() -> None:
        """The order's revision is the guard: whoever moves a parcel makes it grow."""
        Parcel.objects.filter(pk=parcel.pk).update(state=Parcel.State.DELIVERED, delivered_at=at)

    def write() -> bool:
        same = Order.objects.filter(pk=order.pk, revision=order.revision)
        if not same.update(revision=order.revision + 1, updated_at=at):
            return False
        mark()
        note_order(order, "parcel_delivered", detail=str(parcel), actor=actor)
        publish(event, key=order.pk)
        return True

    if not complete:
        return transact("orders", write)
    to = Go(OrderStatus.DELIVERED, "parcel_delivered", str(parcel), events=(event,), also=mark, actor=actor)
    return move_order(order, to)
