"""Use case: set stock aside for an order, all of it or nothing."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from uuid import UUID

from apps.catalog.contracts import HoldState, OutOfStock, Reservation, StockLine, UnknownSku
from apps.catalog.models import Hold, MovementKind
from shop.clock import now
from shop.errors import Invalid

from .ledger import Entries, Part, left_of, put_back, take


def reserve_stock(*, order_id: UUID, lines: tuple[StockLine, ...], hold_seconds: int) -> Reservation:
    """Hot counters first, in SKU order; then the hold, whose primary key is the order."""
    entries = Entries(kind=MovementKind.HOLD, reference=str(order_id))
    parts: list[Part] = []
    short: tuple[str, int] | None = None
    for sku, quantity in _wanted(lines):
        taken = take(entries, sku, quantity, to="held")
        if taken is None:
            short = (sku, quantity)
            break
        parts += taken
    if hold := Hold.objects.filter(pk=order_id).first():  # a release came first, and left a tombstone
        put_back(entries, parts, out_of="held")
        entries.forget()
        return hold.answer()
    if short:
        raise _shortage(*short)
    hold = Hold(order_id=order_id, state=HoldState.HELD.value, lines=[list(part) for part in parts])
    hold.expires_at = now() + timedelta(seconds=hold_seconds)
    hold.save(force_insert=True)
    entries.write()
    return hold.answer()


def _wanted(lines: tuple[StockLine, ...]) -> list[tuple[str, int]]:
    wanted: Counter[str] = Counter()
    for line in lines:
        if line.quantity < 1:
            raise Invalid(f"A quantity is at least 1, not {line.quantity}.", sku=line.sku)
        wanted[line.sku] += line.quantity
    return sorted(wanted.items())


def _shortage(sku: str, quantity: int) -> OutOfStock | UnknownSku:
    left = left_of(sku)
    if left is None:
        return UnknownSku(f"{sku} is not on sale.", sku=sku)
    return OutOfStock(f"{left} of {sku} left, {quantity} wanted.", sku=sku, left=left)
