"""Use case: a place that holds stock is made, renamed, moved in the order, closed or opened."""

from __future__ import annotations

import time
from typing import TypedDict, Unpack

from django.db import IntegrityError

from apps.catalog.contracts import AvailabilityChanged, LocationNotFound, StaleStock, Taken
from apps.catalog.models import Stock, StockLocation
from shop.db import transact
from shop.errors import FieldError
from shop.events import publish

from .settle_levels import settle_levels

BATCH = 500
SECONDS = 4.0
"""What a request waits at most for all stock rows to follow; the job does the rest."""


class LocationChanges(TypedDict, total=False):
    """What may change; what is left out stays."""

    name: str
    position: int
    active: bool


def create_location(*, code: str, name: str, position: int = 0, active: bool = True) -> StockLocation:
    """A new place. Its stock rows are made when the first units come."""
    location = StockLocation(code=code, name=name, position=position, active=active)
    try:
        transact("catalog", lambda: location.save(force_insert=True))
    except IntegrityError:
        raise Taken(errors=(FieldError("/code", "taken", f"Another location has the code {code}."),)) from None
    return location


def change_location(*, code: str, revision: int | None = None, **changes: Unpack[LocationChanges]) -> StockLocation:
    """Change what is named; a closed one gives nothing to new orders when this returns, unless it has very many SKUs.

    With `revision`, only that one is changed: raises StaleStock.
    """

    def change() -> StockLocation:
        location = location_of(code)
        check_revision(location, revision)
        mine = StockLocation.objects.filter(pk=code, revision=location.revision)
        if not mine.update(revision=location.revision + 1, **changes):
            raise StaleStock(f"{code} was changed by somebody else.", location=code)
        return location_of(code)

    location = transact("catalog", change)
    end = time.monotonic() + SECONDS
    while settle_location(location) == BATCH and time.monotonic() < end:
        pass
    return location


def location_of(code: str) -> StockLocation:
    """Raises LocationNotFound."""
    location = StockLocation.objects.filter(pk=code).first()
    if location is None:
        raise LocationNotFound(f"There is no location {code}.", location=code)
    return location


def check_revision(location: StockLocation, revision: int | None) -> None:
    """Raise StaleStock if it is another one."""
    if revision is not None and location.revision != revision:
        raise StaleStock(f"{location.pk} is not what you read any more: read it again.", location=location.pk)


def settle_locations() -> int:
    """For the job: stock rows that do not follow their location; how many there were."""
    return sum(settle_location(location) for location in StockLocation.objects.all())


def settle_location(location: StockLocation) -> int:
    """Let the next stock rows follow their location, and tell of the SKUs that have or lack units by that."""

    def settle() -> tuple[int, list[str]]:
        late = Stock.objects.filter(location_id=location.pk, open=not location.active)
        rows = dict(late.order_by().values_list("pk", "sku")[:BATCH])
        filled = late.filter(pk__in=list(rows), available__gt=0).order_by()
        skus = sorted(filled.values_list("sku", flat=True))
        elsewhere = Stock.objects.filter(sku__in=skus, open=True, available__gt=0).exclude(location_id=location.pk)
        still = set(elsewhere.order_by().values_list("sku", flat=True))
        if rows:
            Stock.objects.filter(pk__in=list(rows)).update(open=location.active)
        for sku in skus:
            if sku not in still:
                publish(AvailabilityChanged(sku=sku, available=location.active), key=sku)
        return len(rows), skus

    count, skus = transact("catalog", settle)
    if skus:
        try:
            settle_levels(skus, fell=() if location.active else skus)
        except IntegrityError:
            return count  # another marked one of them at this moment; the walk comes by
    return count
