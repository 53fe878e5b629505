"""Use case: the count on the shelf is not what the books say."""

from __future__ import annotations

from apps.catalog.models import MAIN_LOCATION, MovementKind

from .move_stock import MOST_UNITS, NOW, Once, check_units, move, shift


def adjust_stock(*, sku: str, delta: int, reason: str, location: str = MAIN_LOCATION, once: Once = NOW) -> None:
    """Correct the free units by `delta`; held and sold ones belong to orders and stay."""
    check_units(delta, least=-MOST_UNITS)
    move(
        sku=sku,
        places={"location": location},
        kind=MovementKind.ADJUST,
        reason=reason,
        once=once,
        work=lambda entries: shift(entries, sku, location, delta),
    )
