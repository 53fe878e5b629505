"""Use case: a place that never held anything is removed."""

from __future__ import annotations

from django.db.models import Q

from apps.catalog.contracts import LocationInUse
from apps.catalog.models import MAIN_LOCATION, Stock, StockLocation, StockMovement
from shop.db import transact

from .save_location import check_revision, location_of


def delete_location(*, code: str, revision: int | None = None) -> None:
    """Remove it with its empty shelves. Raises LocationInUse if it has stock or is named in the ledger."""

    def delete() -> None:
        location = location_of(code)
        check_revision(location, revision)
        _check_unused(code)
        # Before its shelves: whoever makes one at this moment counts it there first, so one of the two looks again.
        StockLocation.objects.filter(pk=code).update(revision=location.revision + 1)
        Stock.objects.filter(location_id=code).delete()
        StockLocation.objects.filter(pk=code).delete()

    transact("catalog", delete)


def _check_unused(code: str) -> None:
    if code == MAIN_LOCATION:
        raise LocationInUse("Every SKU has its first shelf at the main location: it stays.", location=code)
    some = Q(available__gt=0) | Q(held__gt=0) | Q(sold__gt=0)
    if Stock.objects.filter(some, location_id=code).exists():
        raise LocationInUse(f"{code} has stock. Transfer it, or deactivate the location.", location=code)
    skus = list(Stock.objects.filter(location_id=code).order_by().values_list("sku", flat=True))
    if StockMovement.objects.filter(sku__in=skus, location_id=code).exists():
        raise LocationInUse(f"The ledger tells of {code}. Deactivate it instead.", location=code)
