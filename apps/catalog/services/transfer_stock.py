"""Use case: units go from one location to another."""

from __future__ import annotations

from apps.catalog.models import MovementKind
from shop.errors import FieldError, Invalid

from .ledger import Entries
from .move_stock import NOW, Once, check_units, move, shift


def transfer_stock(*, sku: str, quantity: int, reason: str, location: str, to: str, once: Once = NOW) -> None:
    """Free units leave `location` and are free at `to`, in one transaction: two lines of the ledger."""
    check_units(quantity)
    if location == to:
        raise Invalid(
            errors=(FieldError("/to", "same_location", "Name another location than the one they come from."),)
        )

    def both(entries: Entries) -> None:
        shift(entries, sku, location, -quantity)
        shift(entries, sku, to, quantity)

    move(
        sku=sku,
        places={"location": location, "to": to},
        kind=MovementKind.TRANSFER,
        reason=reason,
        once=once,
        work=both,
    )
