"""Use case: an order is given up before it was paid, so its stock goes back."""

from __future__ import annotations

from uuid import UUID

from apps.catalog.contracts import HoldState, Reservation
from apps.catalog.models import Hold, MovementKind
from shop.clock import now

from .ledger import Entries, parts_of, put_back


def release_reservation(*, order_id: UUID) -> Reservation:
    """Held goes back to the shelf. Without a hold, a tombstone forbids one; what is sold stays sold."""
    hold = Hold.objects.filter(pk=order_id).first()
    if hold is None:
        return _tombstone(order_id)
    if hold.lapsed:
        settled = hold.move_to(HoldState.RELEASED)  # its stock is back already; now it may not be taken again
    elif hold.state == HoldState.HELD:
        settled = give_back(hold, kind=MovementKind.RELEASE)
    else:
        settled = True
    return hold.answer() if settled else release_reservation(order_id=order_id)


def give_back(hold: Hold, *, kind: MovementKind, lapsed: bool = False) -> bool:
    """The units return to the shelf and the hold is released. False if another was faster."""
    column = hold.state  # "held" and "sold" are states of a hold and columns of the stock
    if not hold.move_to(HoldState.RELEASED, lapsed=lapsed):
        return False
    entries = Entries(kind=kind, reference=str(hold.order_id))
    put_back(entries, parts_of(hold.lines), out_of=column)
    entries.write()
    return True


def _tombstone(order_id: UUID) -> Reservation:
    """A released hold without lines: a reservation that arrives late finds it and holds nothing."""
    hold = Hold(order_id=order_id, state=HoldState.RELEASED.value, lines=[], expires_at=now())
    hold.save(force_insert=True)
    return hold.answer()
