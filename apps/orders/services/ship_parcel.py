"""A parcel leaves: some of the order's lines, once, never more than is left of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F

from apps.orders.contracts import IllegalMove, NothingLeftToShip, OrderStatus, PackedLine, ParcelShipped
from apps.orders.models import Order, OrderLine, Parcel, ParcelLine
from apps.orders.rules import TO_BE_SHIPPED
from shop import clock
from shop.errors import FieldError, Unavailable

from .ask_promise import PromiseEnded, ask_promise, leave_on, refusal
from .capture_order import ask_capture
from .move_order import Go, move_order
from .news import whose

TRIES = 5


@dataclass(frozen=True, slots=True)
class Label:
    """Who carries it, and where it can be followed."""

    carrier: str = ""
    tracking_number: str = ""
    tracking_url: str = ""


def ship_parcel(order: Order, *, parcel_id: UUID, label: Label, wanted: Mapping[str, int] | None, actor: str) -> Parcel:
    """Send `wanted` (SKU -> how many; None is all that is left). Repeating with one id returns the same parcel.

    Raises NothingLeftToShip, or IllegalMove for an order that is not to be shipped: a cancellation that was faster
    wins, and one that is slower is refused. So is one whose money was set aside and let go, is being let go, or has
    lapsed, also while the news is under way to us; where payments has promised it, no clerk lets go of it any more.
    """
    for _ in range(TRIES):
        if (known := Parcel.objects.filter(pk=parcel_id, order_id=order.pk).first()) is not None:
            return known
        if order.state not in TO_BE_SHIPPED:
            raise IllegalMove(f"An order that is {order.status} cannot be shipped.", status=order.status)
        lines = list(OrderLine.objects.filter(order_id=order.pk).order_by("position"))
        packed = _pack(lines, wanted)
        parcel = Parcel(id=parcel_id, order_id=order.pk, actor=actor, shipped_at=clock.now(), **_columns(label))
        with suppress(PromiseEnded):
            promise = _promised(order)
            if move_order(order, _go(order, parcel, lines, packed, promise)):
                return parcel
        order.refresh_from_db()
    raise Unavailable("The order is changing right now.", retry_after=1)


def _promised(order: Order) -> int | None:
    """The promise that its money can still be captured; asked of payments only where something is to be."""
    if order.money_let_go:
        raise refusal(order, "The money that was set aside for it was let go.", "let_go")
    return ask_promise(order) if order.authorized_minor > order.paid_minor else None


def _columns(label: Label) -> dict[str, Any]:
    return {
        "carrier": label.carrier,
        "tracking_number": label.tracking_number,
        "tracking_url": label.tracking_url,
    }


def _pack(lines: Sequence[OrderLine], wanted: Mapping[str, int] | None) -> dict[UUID, int]:
    """Line -> how many of it go, all of them still to be sent."""
    if wanted is None:
        packed = {line.pk: line.quantity - line.shipped for line in lines if line.quantity > line.shipped}
        if not packed:
            raise NothingLeftToShip("Everything of this order was sent.")
        return packed
    by_sku = {line.sku: line for line in lines}
    errors = []
    for position, (sku, count) in enumerate(wanted.items()):
        line = by_sku.get(sku)
        left = line.quantity - line.shipped if line else 0
        if count > left:
            told = f"{left} of {sku} are left to send." if line else f"{sku} is not in this order."
            field, code = ("quantity", "too_many") if line else ("sku", "unknown_sku")
            errors.append(FieldError(f"/lines/{position}/{field}", code, told))
    if errors:
        raise NothingLeftToShip(errors[0].detail, errors=tuple(errors))
    return {by_sku[sku].pk: count for sku, count in wanted.items()}


def _go(
    order: Order, parcel: Parcel, lines: Sequence[OrderLine], packed: Mapping[UUID, int], promise: int | None
) -> Go:
    complete = all(line.quantity == line.shipped + packed.get(line.pk, 0) for line in lines)
    inside = tuple(PackedLine(line.sku, line.name, packed[line.pk]) for line in lines if line.pk in packed)
    event = ParcelShipped(
        **whose(order),
        parcel_id=parcel.pk,
        lines=inside,
        complete=complete,
        shipped_at=parcel.shipped_at,
        **_columns(Label(parcel.carrier, parcel.tracking_number, parcel.tracking_url)),
    )
    return Go(
        OrderStatus.SHIPPED if complete else OrderStatus.PARTLY_SHIPPED,
        "parcel_shipped",
        str(parcel),
        events=(event,),
        also=lambda: _write(order, parcel, lines, packed, promise),
        actor=parcel.actor,
    )


def _write(
    order: Order, parcel: Parcel, lines: Sequence[OrderLine], packed: Mapping[UUID, int], promise: int | None
) -> None:
    """The parcel and its lines. The revision guards them, and the promise; the check constraint is the last guard."""
    parcel.save(force_insert=True)
    asked = ask_capture(order)
    if promise is not None:
        leave_on(order, promise, asked=asked)
    chosen = [line for line in lines if line.pk in packed]
    ParcelLine.objects.bulk_create(
        [ParcelLine(parcel_id=parcel.pk, line_id=line.pk, sku=line.sku, quantity=packed[line.pk]) for line in chosen]
    )
    for line in chosen:
        OrderLine.objects.filter(pk=line.pk).update(shipped=F("shipped") + packed[line.pk])
