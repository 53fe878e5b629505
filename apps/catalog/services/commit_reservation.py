"""Use case: an order is paid, so its held stock is sold."""

from __future__ import annotations

from uuid import UUID

from apps.catalog.contracts import HoldState, Reservation, ReservationLost
from apps.catalog.models import Hold, MovementKind

from .ledger import Entries, parts_of, settle, take


def commit_reservation(*, order_id: UUID) -> Reservation:
    """Held becomes sold; a lapsed hold is taken from the shelf again, in this transaction."""
    hold = Hold.objects.filter(pk=order_id).first()
    if hold is None:
        raise ReservationLost("Nothing was ever reserved for this order.", order_id=str(order_id))
    if hold.state == HoldState.SOLD:
        return hold.answer()
    if hold.state == HoldState.RELEASED and not hold.lapsed:
        raise ReservationLost("The reservation was released.", order_id=str(order_id))
    lapsed = hold.lapsed
    if not hold.move_to(HoldState.SOLD):
        return commit_reservation(order_id=order_id)
    entries = Entries(kind=MovementKind.SELL, reference=str(order_id))
    if lapsed:
        _take_again(entries, hold)
    else:
        settle(entries, parts_of(hold.lines))
    entries.write()
    return hold.answer()


def _take_again(entries: Entries, hold: Hold) -> None:
    wanted: dict[str, int] = {}
    for sku, _, quantity in parts_of(hold.lines):
        wanted[sku] = wanted.get(sku, 0) + quantity
    parts = []
    for sku, quantity in sorted(wanted.items()):
        taken = take(entries, sku, quantity, to="sold", paid=True)
        if taken is None:
            raise ReservationLost(f"The hold had lapsed, and {sku} is sold out.", order_id=str(hold.pk), sku=sku)
        parts += taken
    Hold.objects.filter(pk=hold.pk).update(lines=[list(part) for part in parts])
