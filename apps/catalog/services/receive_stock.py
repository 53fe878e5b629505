"""Use case: goods arrive."""

from __future__ import annotations

from shop.db import transact
from shop.errors import Invalid

from apps.catalog.contracts import UnknownSku
from apps.catalog.models import MAIN_LOCATION, MovementKind
from .ledger import Entries, change_shelf


def receive_stock(*, sku: str, quantity: int, reason: str, location: str = MAIN_LOCATION) -> None:
    """Put units on the shelf, with the reason in the ledger."""
    if quantity < 1:
        raise Invalid(f"A delivery has at least 1 unit, not {quantity}.")

    def receive() -> None:
        entries = Entries(kind=MovementKind.RECEIVE, reference=reason)
        if not change_shelf(entries, sku, location, quantity):
            raise UnknownSku(f"There is no {sku} at {location}.", sku=sku)
        entries.write()

    transact("catalog", receive)
