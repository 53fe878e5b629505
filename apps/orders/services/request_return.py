"""A buyer asks to send something back: of what was shipped, what is not in a return already, while there is time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F

from apps.orders.contracts import IllegalMove, NotReturnable, ReturnReason, ReturnWindowOver
from apps.orders.models import Order, OrderLine, Parcel, Return, ReturnLine
from apps.orders.rules import SHIPPED_SOMEHOW
from shop import clock
from shop.db import transact
from shop.errors import FieldError, Unavailable

from .move_order import note_order

TRIES = 5


@dataclass(frozen=True, slots=True)
class Wish:
    """What shall come back (SKU -> how many), and why."""

    lines: Mapping[str, int]
    reason: ReturnReason
    text: str = ""


class _TakenMeanwhile(Exception):
    """Another return was faster."""


def request_return(order: Order, *, return_id: UUID, wish: Wish, actor: str) -> Return:
    """Write the return down, once per id. Staff may ask in a buyer's name when the window is over.

    Raises IllegalMove before anything is shipped, ReturnWindowOver, NotReturnable.
    """
    for _ in range(TRIES):
        known = Return.objects.filter(pk=return_id, order_id=order.pk).first()
        if known is not None:
            return known
        if order.state not in SHIPPED_SOMEHOW:
            raise IllegalMove(f"Nothing of an order that is {order.status} can come back.", status=order.status)
        if not actor.startswith("staff:"):
            _check_window(order)
        lines = _chosen(order, wish.lines)
        back = Return(id=return_id, order_id=order.pk, reason=wish.reason.value, text=wish.text, actor=actor)
        try:
            transact("orders", lambda back=back, lines=lines: _write(order, back, lines, wish.lines))  # type: ignore[misc]
        except (_TakenMeanwhile, IntegrityError):
            continue
        return back
    raise Unavailable("The order is changing right now.", retry_after=1)


def _check_window(order: Order) -> None:
    """It begins with the last parcel: when it was delivered, or left if nobody has said that it arrived."""
    times = Parcel.objects.filter(order_id=order.pk).values_list("shipped_at", "delivered_at")
    begins = max((delivered or shipped for shipped, delivered in times), default=order.created_at)
    until = begins + timedelta(days=settings.RETURN_WINDOW_DAYS)
    if until < clock.now():
        told = f"Returns could be asked for until {until:%Y-%m-%d}."
        raise ReturnWindowOver(told, until=until.isoformat())


def _chosen(order: Order, wanted: Mapping[str, int]) -> Sequence[OrderLine]:
    by_sku = {line.sku: line for line in OrderLine.objects.filter(order_id=order.pk)}
    errors = []
    for position, (sku, count) in enumerate(wanted.items()):
        line = by_sku.get(sku)
        left = line.shipped - line.returning if line else 0
        if line is None:
            errors.append(FieldError(f"/lines/{position}/sku", "unknown_sku", f"{sku} is not in this order."))
        elif count > left:
            told = f"{left} of {sku} can be returned."
            errors.append(FieldError(f"/lines/{position}/quantity", "too_many", told))
    if errors:
        raise NotReturnable(errors[0].detail, errors=tuple(errors))
    return sorted((by_sku[sku] for sku in wanted), key=lambda line: line.pk)


def _write(order: Order, back: Return, lines: Sequence[OrderLine], wanted: Mapping[str, int]) -> None:
    for line in lines:
        if not take(line.pk, wanted[line.sku]):
            raise _TakenMeanwhile
    back.save(force_insert=True)
    ReturnLine.objects.bulk_create(
        [
            ReturnLine(returned_id=back.pk, line_id=line.pk, sku=line.sku, name=line.name, quantity=wanted[line.sku])
            for line in lines
        ]
    )
    asked = ", ".join(f"{wanted[line.sku]} x {line.sku}" for line in lines)
    note_order(order, "return_requested", detail=f"{asked}: {back.reason}", actor=back.actor)


def take(line_id: UUID, count: int) -> bool:
    """Of what was shipped, so many are in a return now. False if fewer are left."""
    free = OrderLine.objects.filter(pk=line_id, shipped__gte=F("returning") + count)
    return bool(free.update(returning=F("returning") + count))
