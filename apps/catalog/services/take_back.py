"""Use case: the buyer has sent back what was shipped, and it can be sold again."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError

from apps.catalog.contracts import HoldState, ReturnedStock, StockNotFound
from apps.catalog.models import Hold, MovementKind, StockMovement
from shop.db import transact
from shop.errors import Invalid

from .ledger import Entries, Part, parts_of, unsell
from .move_stock import done
from .open_shelf import open_shelf
from .settle_levels import settle_levels_of


def take_back(*, movement_id: UUID, order_id: UUID, lines: tuple[ReturnedStock, ...]) -> int:
    """The first line of the ledger has the id that the caller gives, so that a repeat finds it and changes nothing."""
    total = sum(line.quantity for line in lines)
    if not lines or done(movement_id):
        return total
    for line in lines:
        if line.location:
            open_shelf(sku=line.sku, location=line.location)
    try:
        transact("catalog", lambda: _move(movement_id, order_id, lines))
    except IntegrityError:
        if not done(movement_id):  # else a twin took it back at the same moment
            raise
    for sku in sorted({line.sku for line in lines}):
        settle_levels_of(sku)
    return total


def _move(movement_id: UUID, order_id: UUID, lines: tuple[ReturnedStock, ...]) -> None:
    if done(movement_id):
        return
    hold = Hold.objects.filter(pk=order_id, state=HoldState.SOLD.value).first()
    sold = _still_sold(order_id, parts_of(hold.lines) if hold else [])
    entries = Entries(kind=MovementKind.RETURNED, reference=str(order_id), first_id=movement_id)
    for line in sorted(lines, key=lambda line: line.sku):
        _take_one(entries, line, sold)
    entries.write()


def _still_sold(order_id: UUID, parts: list[Part]) -> dict[tuple[str, str], int]:
    """(sku, location) -> units sold there to this order, less those that came back before."""
    sold: dict[tuple[str, str], int] = {}
    for sku, location, quantity in parts:
        sold[sku, location] = sold.get((sku, location), 0) + quantity
    before = StockMovement.objects.filter(reference=str(order_id), kind=MovementKind.RETURNED, sold_delta__lt=0)
    for movement in before:
        sold[movement.sku, movement.location_id] += movement.sold_delta
    return sold


def _take_one(entries: Entries, line: ReturnedStock, sold: dict[tuple[str, str], int]) -> None:
    left = line.quantity
    for (sku, location), units in list(sold.items()):
        count = min(left, units) if sku == line.sku else 0
        if not count:
            continue
        if not unsell(entries, (sku, location, count), shelf=line.location or location):
            raise StockNotFound(f"There is no stock of {sku} at {location} any more.", sku=sku)
        sold[sku, location] -= count
        left -= count
    if left:
        raise Invalid(f"{line.quantity - left} of {line.sku} were sold to this order and are not back.", sku=line.sku)
