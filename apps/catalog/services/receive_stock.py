"""Use case: goods arrive."""

from __future__ import annotations

from apps.catalog.contracts import UnknownSku
from apps.catalog.models import MAIN_LOCATION, MovementKind
from shop.db import transact
from shop.errors import Invalid

from .ledger import Entries, change_shelf

MOST_UNITS = 1_000_000
"""More in one movement is a slip of the finger."""


def receive_stock(*, sku: str, quantity: int, reason: str, location: str = MAIN_LOCATION) -> None:
    """Put units on the shelf, with the reason in the ledger."""
    if not 1 <= quantity <= MOST_UNITS:
        raise Invalid(f"A delivery has 1 to {MOST_UNITS} units, not {quantity}.")

    def receive() -> None:
        entries = Entries(kind=MovementKind.RECEIVE, reference=reason)
        if not change_shelf(entries, sku, location, quantity):
            raise UnknownSku(f"There is no {sku} at {location}.", sku=sku)
        entries.write()

    transact("catalog", receive)
