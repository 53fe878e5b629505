"""Reads: the stock of SKUs at all locations, and the version by which a change says what it has seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import blake2b

import msgspec
from django.conf import settings

from apps.catalog.contracts import StockNotFound
from apps.catalog.models import MAIN_LOCATION, Stock, StockLevel, StockLocation, Variant


@dataclass(frozen=True, slots=True)
class Shelf:
    """What of a SKU is at one location."""

    location: str
    name: str
    active: bool
    available: int
    held: int
    sold: int


@dataclass(frozen=True, slots=True)
class StockState:
    """The stock of one SKU: its shelves, main location first."""

    sku: str
    product: str | None
    """Slug of the product; None if the variant was removed."""
    shelves: tuple[Shelf, ...]
    own_threshold: int | None
    low: bool

    @property
    def available(self) -> int:
        """Units that an order could still get: those at active locations."""
        return sum(shelf.available for shelf in self.shelves if shelf.active)

    @property
    def threshold(self) -> int:
        """Low at so many units or fewer."""
        return effective_threshold(self.own_threshold)

    @property
    def version(self) -> str:
        """Another text after any change of units or threshold; an empty shelf is as none."""
        units = [(s.location, s.available, s.held, s.sold) for s in self.shelves if s.available or s.held or s.sold]
        seen = [self.own_threshold, units]
        return blake2b(msgspec.json.encode(seen), digest_size=12).hexdigest()


def effective_threshold(own: int | None) -> int:
    """A SKU's own, or the usual one."""
    usual: int = settings.LOW_STOCK_THRESHOLD
    return usual if own is None else own


def stock_of(sku: str) -> StockState:
    """Of one SKU. Raises StockNotFound."""
    for state in stock_of_all([sku]):
        return state
    raise StockNotFound(f"There is no SKU {sku}.", sku=sku)


def stock_of_all(skus: Sequence[str]) -> list[StockState]:
    """Of these SKUs, in this order: four queries, however many. A SKU that has no stock rows is left out."""
    rows: dict[str, list[Stock]] = defaultdict(list)
    for row in Stock.objects.filter(sku__in=skus).order_by():
        rows[row.sku].append(row)
    places = {place.pk: place for place in StockLocation.objects.all()}
    levels = {level.pk: level for level in StockLevel.objects.filter(pk__in=list(rows))}
    slugs = dict(Variant.objects.filter(sku__in=list(rows)).order_by().values_list("sku", "product__slug"))
    return [
        StockState(
            sku=sku,
            product=slugs.get(sku),
            shelves=_shelves(rows[sku], places),
            own_threshold=levels[sku].threshold if sku in levels else None,
            low=sku in levels and levels[sku].low,
        )
        for sku in skus
        if sku in rows
    ]


def _shelves(rows: Collection[Stock], places: dict[str, StockLocation]) -> tuple[Shelf, ...]:
    def place_in_line(row: Stock) -> tuple[bool, int, str]:
        return row.location_id != MAIN_LOCATION, places[row.location_id].position, row.location_id

    return tuple(
        Shelf(
            location=row.location_id,
            name=places[row.location_id].name,
            active=places[row.location_id].active,
            available=row.available,
            held=row.held,
            sold=row.sold,
        )
        for row in sorted(rows, key=place_in_line)
    )
