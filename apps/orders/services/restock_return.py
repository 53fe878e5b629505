"""What came back and can be sold again goes on the shelf, once; then its refund can be decided."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F

from apps.catalog import api as catalog
from apps.catalog.contracts import LocationNotFound, ReturnedStock, StockNotFound
from apps.orders import queries
from apps.orders.contracts import ReturnStatus
from apps.orders.models import Order, Return, ReturnLine
from shop import clock
from shop.db import transact
from shop.errors import Invalid, Unavailable

from .advance_order import LONGEST_BACKOFF_SECONDS, lease_end
from .move_return import Step, move_return


def claim_return(back: Return) -> bool:
    """Take the lease of a return that is due. False if somebody else was faster."""
    until = lease_end()
    seen = Return.objects.filter(pk=back.pk, revision=back.revision, due=back.due)
    if not transact("orders", lambda: seen.update(due=until, attempts=F("attempts") + 1)):
        return False
    back.due, back.attempts = until, back.attempts + 1
    return True


def restock_return(order: Order, back: Return) -> Return:
    """Put it on the shelf by catalog's door, keyed by the return. Catalog away is tried again later.

    A SKU or location that is gone by now is not waited for: the timeline says that it was not put on a shelf.
    """
    lines = [line for line in queries.get_return_lines([back.pk]) if line.restock]
    gone = ""
    try:
        if lines and back.restock_id is not None:
            wanted = tuple(ReturnedStock(line.sku, line.received, line.location) for line in lines)
            catalog.take_back(movement_id=back.restock_id, order_id=back.order_id, lines=wanted)
    except Unavailable as error:
        _back_off(back, repr(error))
        return back
    except (StockNotFound, LocationNotFound, Invalid) as refusal:
        gone = f"Not put on a shelf: {refusal.detail}"
    if not move_return(back, order, _step(lines, gone)):
        back.refresh_from_db()
    return back


def _step(lines: list[ReturnLine], gone: str) -> Step:
    """With what went on the shelf; or nothing did, for the reason given."""
    rows = ReturnLine.objects.filter(pk__in=[line.pk for line in lines])
    told = gone or ", ".join(f"{line.received} x {line.sku}" for line in lines) or "nothing"
    return Step(
        ReturnStatus.RESTOCKED,
        told,
        changes={"last_error": gone[:500]},
        also=(lambda: rows.update(restock=False)) if gone else None,
    )


def _back_off(back: Return, why: str) -> None:
    seconds = min(LONGEST_BACKOFF_SECONDS, settings.SHOP_BACKOFF_SECONDS * 2 ** min(back.attempts, 12))
    mine = Return.objects.filter(pk=back.pk, revision=back.revision)
    due = clock.now() + timedelta(seconds=seconds)
    transact("orders", lambda: mine.update(due=due, last_error=why[:500]))
