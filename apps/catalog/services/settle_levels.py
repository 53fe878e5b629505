"""Makes "low" follow the stock, and tells of a SKU once when it falls to its threshold and once when it has recovered.

Never inside the transaction of an order: a job follows the ledger (watch_stock), staff's own movements ask for it
themselves. The mark moves by conditional update, so that of several who notice a crossing only one tells.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import timedelta

import msgspec
from django.db import IntegrityError

from apps.catalog.contracts import StockLow, StockRecovered
from apps.catalog.models import Stock, StockLevel, StockMovement, Variant
from apps.catalog.rules import OfferDocument
from shop.clock import now
from shop.db import transact
from shop.events import publish
from shop.ids import time_of, uuid7, uuid7_at

from .stock_state import effective_threshold

OVERLAP = timedelta(seconds=60)
"""The ledger is read again so far back, as a line may be committed later than its id says. No transaction is older."""
_offer = msgspec.json.Decoder(OfferDocument)


def settle_levels_of(sku: str) -> None:
    """After a movement by staff. What it cannot do now, because another does it too, the job does."""
    recent = StockMovement.objects.filter(sku=sku, pk__gte=uuid7_at(time_of(uuid7()) - OVERLAP), available_delta__lt=0)
    fell = [sku] if recent.exists() else []
    try:
        settle_levels([sku], fell=fell)
    except IntegrityError:
        return


def settle_levels(skus: Collection[str], *, fell: Collection[str] = ()) -> int:
    """Mark those that are low and unmark those that are not; how many marks moved.

    Only those that `fell` are told of when they are low: a new product that never had more is no news.
    """
    return transact("catalog", lambda: _settle(skus, fell))


def settle_quietly(skus: Collection[str], *, since: timedelta) -> int:
    """The same for the slow walk over all stock: what fell since is left to the job, which tells of it."""

    def settle() -> int:
        wanted = _wanted(skus)
        falling = StockMovement.objects.filter(
            sku__in=[sku for sku, low in wanted.items() if low],
            pk__gte=uuid7_at(time_of(uuid7()) - since),
            available_delta__lt=0,
        )
        busy = set(falling.order_by().values_list("sku", flat=True)) if any(wanted.values()) else set()
        return _settle([sku for sku in wanted if sku not in busy], ())

    return transact("catalog", settle)


def _wanted(skus: Collection[str]) -> dict[str, bool]:
    """Of the SKUs whose mark is wrong: what it should be."""
    left = units_on_sale(skus)
    levels = {level.pk: level for level in StockLevel.objects.filter(pk__in=list(skus))}
    wanted = {}
    for sku in sorted(skus):
        level = levels.get(sku)
        low = sku in left and left[sku] <= effective_threshold(level.threshold if level else None)
        if low != (level is not None and level.low):
            wanted[sku] = low
    return wanted


def units_on_sale(skus: Collection[str]) -> dict[str, int]:
    """Free units at active locations of those that are on sale."""
    left: dict[str, int] = defaultdict(int)
    rows = Stock.objects.filter(sku__in=list(skus), sellable=True).order_by()
    for sku, is_open, available in rows.values_list("sku", "open", "available"):
        left[sku] += available if is_open else 0
    return left


def _settle(skus: Collection[str], fell: Collection[str]) -> int:
    moved = {sku: low for sku, low in _wanted(skus).items() if _mark(sku, low=low)}
    told = [sku for sku, low in moved.items() if not low or sku in fell]
    if told:
        _tell(told, moved)
    return len(moved)


def _mark(sku: str, *, low: bool) -> bool:
    """Move the mark; False if another was faster."""
    if StockLevel.objects.filter(pk=sku, low=not low).update(low=low, since=now()):
        return True
    if not low or StockLevel.objects.filter(pk=sku).exists():
        return False
    StockLevel(sku=sku, low=True).save(force_insert=True)
    return True


def _tell(skus: list[str], moved: dict[str, bool]) -> None:
    left = units_on_sale(skus)
    thresholds = dict(StockLevel.objects.filter(pk__in=skus).values_list("pk", "threshold"))
    offers = dict(Variant.objects.filter(sku__in=skus).exclude(offer="").order_by().values_list("sku", "offer"))
    for sku in skus:
        if sku in offers:  # withdrawn from sale is neither low nor recovered
            kind = StockLow if moved[sku] else StockRecovered
            event = kind(
                crossing_id=uuid7(),
                sku=sku,
                product=_offer.decode(offers[sku]).name,
                available=left.get(sku, 0),
                threshold=effective_threshold(thresholds.get(sku)),
                crossed_at=now(),
            )
            publish(event, key=sku)
