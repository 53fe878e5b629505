"""Use case: the rows that everything else stands on: one price list, one tax class, one stock location."""

from __future__ import annotations

from apps.catalog.models import DEFAULT_PRICE_LIST, MAIN_LOCATION, PriceList, StockLocation, TaxClass
from shop.db import transact

STANDARD_TAX = "standard"


def ensure_basics() -> None:
    """Make those that are missing. A new database has them from its migrations."""

    def ensure() -> None:
        for model, code, name in (
            (PriceList, DEFAULT_PRICE_LIST, "Everybody"),
            (TaxClass, STANDARD_TAX, "Standard rate"),
            (StockLocation, MAIN_LOCATION, "Main warehouse"),
        ):
            if not model.objects.filter(pk=code).exists():
                model.objects.create(pk=code, name=name)

    transact("catalog", ensure)
