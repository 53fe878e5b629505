"""Makes the stock row of a SKU at a location, when the first units come there."""

from __future__ import annotations

from django.db import IntegrityError
from django.db.models import F

from apps.catalog.contracts import LocationNotFound, StockNotFound
from apps.catalog.models import MAIN_LOCATION, Stock, StockLocation
from shop.db import transact


def open_shelf(*, sku: str, location: str) -> None:
    """Make the row, empty, if it is missing. Raises StockNotFound or LocationNotFound.

    In transactions of its own, before the one that moves units: so that moving is plain updates.
    """
    if Stock.objects.filter(sku=sku, location_id=location).exists():
        return
    try:
        transact("catalog", lambda: _make(sku, location))
    except IntegrityError:
        return  # somebody else made it
    transact("catalog", lambda: _follow_main(sku, location))


def _make(sku: str, location: str) -> None:
    # Counting comes first: whoever deletes or closes the location at this moment has to wait, or to look again.
    if not StockLocation.objects.filter(pk=location).update(shelves=F("shelves") + 1):
        raise LocationNotFound(f"There is no location {location}.", location=location)
    place = StockLocation.objects.get(pk=location)
    main = Stock.objects.filter(sku=sku, location_id=MAIN_LOCATION).first()
    if main is None:
        raise StockNotFound(f"There is no SKU {sku}.", sku=sku)
    Stock.objects.create(sku=sku, location_id=location, sellable=main.sellable, open=place.active)


def _follow_main(sku: str, location: str) -> None:
    """The product may have been published while the row was being made."""
    sellable = Stock.objects.filter(sku=sku, location_id=MAIN_LOCATION, sellable=True).exists()
    Stock.objects.filter(sku=sku, location_id=location, sellable=not sellable).update(sellable=sellable)
