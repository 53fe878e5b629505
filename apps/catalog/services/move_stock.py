"""What every movement by staff has in common: once per operation, only if the stock is as seen, in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from django.db import IntegrityError

from apps.catalog.contracts import OutOfStock, StaleStock
from apps.catalog.models import MovementKind, Stock, StockLocation, StockMovement
from shop.db import transact
from shop.errors import FieldError, Invalid

from .ledger import MOST_ON_SHELF, Entries, change_shelf
from .open_shelf import open_shelf
from .settle_levels import settle_levels_of
from .stock_state import StockState, stock_of

MOST_UNITS = 1_000_000
"""More in one movement is a slip of the finger."""
ANY = "*"
Work = Callable[[Entries], None]


@dataclass(frozen=True, slots=True)
class Once:
    """Which operation it is, and the versions of the stock that it was decided on; None: whatever it is now."""

    operation_id: UUID | None = None
    seen: Collection[str] | None = None


NOW = Once()
"""Whatever the stock is, each time anew."""


def move(
    *,
    sku: str,
    places: Mapping[str, str],
    kind: MovementKind,
    reason: str,
    once: Once,
    work: Work,
) -> None:
    """Run `work` in one transaction, unless the operation was done before. Raises StaleStock, or what `work` raises.

    `places` are the locations that it names, by the field that names them.
    """
    if done(once.operation_id):
        return
    _check_places(places)
    for location in sorted(places.values()):
        open_shelf(sku=sku, location=location)
    entries = partial(Entries, kind=kind, reference=reason, first_id=once.operation_id)
    try:
        moved = transact("catalog", lambda: _move(sku, once, entries(), work))
    except IntegrityError:
        if not done(once.operation_id):  # else another request did the same operation at the same time
            raise
        return
    if moved:
        settle_levels_of(sku)


def _move(sku: str, once: Once, entries: Entries, work: Work) -> bool:
    if done(once.operation_id):
        return False
    before = check_seen(sku, once.seen)
    work(entries)
    entries.write()
    if before is not None:
        _check_only(entries, before)
    return True


def done(operation_id: UUID | None) -> bool:
    """Whether the ledger has the line of this operation."""
    return operation_id is not None and StockMovement.objects.filter(pk=operation_id).exists()


def check_seen(sku: str, seen: Collection[str] | None) -> StockState | None:
    """The stock, if it is one of the versions that were seen, else StaleStock. None if any will do."""
    if seen is None or ANY in seen:
        return None
    state = stock_of(sku)
    if state.version not in seen:
        raise _stale(sku)
    return state


def _check_only(entries: Entries, before: StockState) -> None:
    """Nothing else happened since the stock was compared: some engines let others commit in between."""
    rows = Stock.objects.filter(sku=before.sku).order_by()
    after = {row.location_id: (row.available, row.held, row.sold) for row in rows}
    seen = {shelf.location: (shelf.available, shelf.held, shelf.sold) for shelf in before.shelves}
    if after != entries.applied_to(seen):
        raise _stale(before.sku)


def _stale(sku: str) -> StaleStock:
    return StaleStock(f"The stock of {sku} is not what you read any more: read it again.", sku=sku)


def _check_places(places: Mapping[str, str]) -> None:
    known = set(StockLocation.objects.filter(pk__in=list(places.values())).values_list("pk", flat=True))
    if unknown := {field: code for field, code in places.items() if code not in known}:
        raise Invalid(
            errors=tuple(
                FieldError(f"/{field}", "unknown_location", f"There is no location {code}.")
                for field, code in unknown.items()
            )
        )


def shift(entries: Entries, sku: str, location: str, delta: int) -> None:
    """Change the free units of a shelf, or raise why it cannot be."""
    if change_shelf(entries, sku, location, delta):
        return
    if delta > 0:
        raise Invalid(f"A shelf holds at most {MOST_ON_SHELF} units of a SKU.", sku=sku)
    left = Stock.objects.filter(sku=sku, location_id=location).values_list("available", flat=True).first() or 0
    raise OutOfStock(f"Only {left} of {sku} are free at {location}.", sku=sku, location=location, left=left)


def check_units(quantity: int, *, least: int = 1) -> None:
    """Raise Invalid for no units, or too many."""
    if not least <= quantity <= MOST_UNITS or not quantity:
        words = f"{least} to {MOST_UNITS} units, not {quantity}."
        raise Invalid(f"One movement has {words}", errors=(FieldError("/quantity", "out_of_range", words),))
