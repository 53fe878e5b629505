"""Use case: from how few units on a SKU counts as low."""

from __future__ import annotations

from collections.abc import Collection

from django.db import IntegrityError

from apps.catalog.models import StockLevel
from shop.db import transact

from .move_stock import check_seen
from .settle_levels import settle_levels
from .stock_state import stock_of


def set_threshold(*, sku: str, threshold: int | None, seen: Collection[str] | None = None) -> None:
    """Give the SKU its own threshold, or with None the usual one. Raises StockNotFound or StaleStock."""
    stock_of(sku)

    def save() -> None:
        check_seen(sku, seen)
        if not StockLevel.objects.filter(pk=sku).update(threshold=threshold):
            StockLevel(sku=sku, threshold=threshold).save(force_insert=True)

    try:
        transact("catalog", save)
    except IntegrityError:  # the look-out made the row at the same moment
        transact("catalog", save)
    settle_levels([sku])
