"""Use case: goods arrive."""

from __future__ import annotations

from apps.catalog.models import MAIN_LOCATION, MovementKind

from .move_stock import MOST_UNITS, NOW, Once, check_units, move, shift

__all__ = ["MOST_UNITS", "receive_stock"]


def receive_stock(*, sku: str, quantity: int, reason: str, location: str = MAIN_LOCATION, once: Once = NOW) -> None:
    """Put units on the shelf, with the reason in the ledger."""
    check_units(quantity)
    move(
        sku=sku,
        places={"location": location},
        kind=MovementKind.RECEIVE,
        reason=reason,
        once=once,
        work=lambda entries: shift(entries, sku, location, quantity),
    )
