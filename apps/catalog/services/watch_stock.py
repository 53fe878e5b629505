"""Use case: look out for SKUs that run low, by following the ledger, and by a slow walk over all stock.

The walk finds what no movement tells of: another usual threshold, a product that came on sale, a location that closed.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError

from apps.catalog.models import Stock, StockMovement, StockWatch
from shop.db import transact
from shop.ids import time_of, uuid7, uuid7_at

from .settle_levels import OVERLAP, settle_levels, settle_quietly

_LEDGER = "ledger"
_PAGE = 2_000


def watch_stock() -> int:
    """Settle the SKUs that moved since the last look; how many crossed their threshold."""
    at = _latest()
    seen, crossed = _watch(at).seen, 0
    after = uuid7_at(seen - OVERLAP)
    while True:
        lines = StockMovement.objects.filter(pk__gt=after).exclude(available_delta=0).order_by("id")
        page = list(lines.values_list("pk", "sku", "available_delta")[:_PAGE])
        if page:
            after = page[-1][0]
            crossed += _settle(page)
        if len(page) < _PAGE:
            _move_on(at)
            return crossed
        _move_on(min(time_of(after), at))


def _settle(page: list[tuple[UUID, str, int]]) -> int:
    fell = {sku for _, sku, delta in page if delta < 0}
    try:
        return settle_levels({sku for _, sku, _ in page}, fell=fell)
    except IntegrityError:
        return 0  # another marked one of them at this moment; the lines are read again


def walk_stock(*, limit: int) -> int:
    """Settle the next SKUs in their order, and from the beginning after the last; how many crossed."""
    at = _latest()
    watch = _watch(at)
    rows = Stock.objects.filter(sku__gt=watch.walked).order_by("sku", "location_id")
    skus = list(rows.values_list("sku", flat=True)[:limit])
    try:
        crossed = settle_quietly(set(skus), since=at - watch.seen + OVERLAP)
    except IntegrityError:
        return 0
    walked = skus[-1] if len(skus) == limit else ""
    transact("catalog", lambda: StockWatch.objects.filter(pk=_LEDGER, walked=watch.walked).update(walked=walked))
    return crossed


def _latest() -> datetime:
    """Now, by the clock of ids."""
    return time_of(uuid7())


def _watch(at: datetime) -> StockWatch:
    """How far it has come; the first look begins now, so that nobody is told of what has long been low."""
    watch = StockWatch.objects.filter(pk=_LEDGER).first()
    if watch is not None:
        return watch
    with suppress(IntegrityError):  # somebody else may make it
        transact("catalog", lambda: StockWatch(id=_LEDGER, seen=at).save(force_insert=True))
    return StockWatch.objects.get(pk=_LEDGER)


def _move_on(to: datetime) -> None:
    transact("catalog", lambda: StockWatch.objects.filter(pk=_LEDGER, seen__lt=to).update(seen=to))
