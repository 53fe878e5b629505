"""Use case: the count on the shelf is not what the books say."""

from __future__ import annotations

from apps.catalog.contracts import OutOfStock, UnknownSku
from apps.catalog.models import MAIN_LOCATION, MovementKind, Stock
from shop.db import transact
from shop.errors import Invalid

from .ledger import Entries, change_shelf


def adjust_stock(*, sku: str, delta: int, reason: str, location: str = MAIN_LOCATION) -> None:
    """Correct the free units by `delta`; held and sold ones belong to orders and stay."""
    if not delta:
        raise Invalid("A correction by 0 corrects nothing.")

    def adjust() -> None:
        entries = Entries(kind=MovementKind.ADJUST, reference=reason)
        if not change_shelf(entries, sku, location, delta):
            row = Stock.objects.filter(sku=sku, location_id=location).first()
            if row is None:
                raise UnknownSku(f"There is no {sku} at {location}.", sku=sku)
            raise OutOfStock(f"Only {row.available} of {sku} are free.", sku=sku, left=row.available)
        entries.write()

    transact("catalog", adjust)
