"""The one place where stock numbers change: conditional updates, each with its line in the ledger.

All functions run inside the transaction of a use case. They come in SKU order, so that two orders
never wait for each other crosswise, and guard by row counts, so that nobody reads and then decides.

A change that leaves stock on the shelf and one that empties it are two different updates. So the
crossing of zero is known from a row count, without a read in the hot transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import F, QuerySet

from apps.catalog.contracts import AvailabilityChanged
from apps.catalog.models import MAIN_LOCATION, MovementKind, Stock, StockMovement
from shop import call
from shop.clock import now
from shop.events import publish
from shop.ids import uuid7

MOST_ON_SHELF = 1_000_000_000
"""Units of a SKU at one location: more would not fit the column of every engine."""

Part = tuple[str, str, int]
"""(sku, location, quantity): units taken at one place."""
Numbers = tuple[int, int, int]


@dataclass(slots=True)
class Entries:
    """What one use case did to the stock, written at its end in one statement."""

    kind: MovementKind
    reference: str
    first_id: UUID | None = None
    """The id of the first line, for a use case that must not happen twice; the next ones count up."""
    crossed: set[str] = field(default_factory=set)
    _movements: list[StockMovement] = field(default_factory=list)

    def add(self, sku: str, location: str, *, available: int = 0, held: int = 0, sold: int = 0) -> None:
        self._movements.append(
            StockMovement(
                id=self.id_of(len(self._movements)) or uuid7(),
                sku=sku,
                location_id=location,
                available_delta=available,
                held_delta=held,
                sold_delta=sold,
                kind=self.kind,
                reference=self.reference,
                actor=call.current().principal.subject,
                created_at=now(),
            )
        )

    def id_of(self, line: int) -> UUID | None:
        """The id that a line must have, if the use case gave one."""
        return None if self.first_id is None else UUID(int=self.first_id.int + line)

    def write(self) -> None:
        """Append to the ledger, and tell of the shelves that were emptied or filled."""
        StockMovement.objects.bulk_create(self._movements)
        for sku in sorted(self.crossed):
            left = Stock.objects.filter(sku=sku, open=True, available__gt=0).exists()
            publish(AvailabilityChanged(sku=sku, available=left), key=sku)

    def applied_to(self, shelves: Mapping[str, Numbers]) -> dict[str, Numbers]:
        """What the (available, held, sold) of each location become by these lines."""
        after = dict(shelves)
        for line in self._movements:
            available, held, sold = after.get(line.location_id, (0, 0, 0))
            after[line.location_id] = (
                available + line.available_delta,
                held + line.held_delta,
                sold + line.sold_delta,
            )
        return after

    def forget(self) -> None:
        self._movements.clear()
        self.crossed.clear()


def take(entries: Entries, sku: str, quantity: int, *, to: str, paid: bool = False) -> list[Part] | None:
    """Move units from active locations to `to` ("held" or "sold"); None, and nothing moved, if there are too few.

    All from the main location if it has them; else it gives what it has, then the others by position.
    What is paid is taken even if the product is no longer on sale.
    """
    rows = Stock.objects.filter(sku=sku, open=True)
    if not paid:
        rows = rows.filter(sellable=True)
    if _take_at(entries, rows, (sku, MAIN_LOCATION, quantity), to=to):
        return [(sku, MAIN_LOCATION, quantity)]
    return _take_split(entries, rows, sku, quantity, to=to)


def settle(entries: Entries, parts: Iterable[Part]) -> None:
    """Held units become sold ones."""
    for sku, location, quantity in parts:
        _at(sku, location).update(held=F("held") - quantity, sold=F("sold") + quantity)
        entries.add(sku, location, held=-quantity, sold=quantity)


def put_back(entries: Entries, parts: Iterable[Part], *, out_of: str) -> None:
    """Units come back to the shelf from `out_of` ("held" or "sold")."""
    for sku, location, quantity in parts:
        changes = {"available": F("available") + quantity, out_of: F(out_of) - quantity}
        if not _at(sku, location).filter(available__gt=0).update(**changes):
            _at(sku, location).update(**changes)
            entries.crossed.add(sku)
        entries.add(sku, location, **{"available": quantity, out_of: -quantity})


def unsell(entries: Entries, part: Part, *, shelf: str) -> bool:
    """Sold units come back, to a shelf that may be another one. False if so many are not sold there."""
    sku, location, quantity = part
    sold = _at(sku, location).filter(sold__gte=quantity)
    if shelf == location and sold.exists():
        put_back(entries, [part], out_of="sold")
        return True
    if not sold.update(sold=F("sold") - quantity):
        return False
    entries.add(sku, location, sold=-quantity)
    return change_shelf(entries, sku, shelf, quantity)


def change_shelf(entries: Entries, sku: str, location: str, delta: int) -> bool:
    """Units arrive (or, below zero, are missing). False, and nothing changed, if the shelf cannot give them."""
    row, after = _at(sku, location), F("available") + delta
    if delta > 0:
        crossing, staying = row.filter(available=0), row.filter(available__gt=0, available__lte=MOST_ON_SHELF - delta)
    else:
        crossing, staying = row.filter(available=-delta), row.filter(available__gt=-delta)
    if not staying.update(available=after):
        if not crossing.update(available=after):
            return False
        entries.crossed.add(sku)
    entries.add(sku, location, available=delta)
    return True


def left_of(sku: str) -> int | None:
    """Units that an order could still get, at all locations; None if no such variant is on sale."""
    shelves = list(Stock.objects.filter(sku=sku, sellable=True).values_list("open", "available"))
    return sum(available for is_open, available in shelves if is_open) if shelves else None


def parts_of(lines: Sequence[Sequence[object]]) -> list[Part]:
    """A hold's stored lines as they were taken."""
    return [(str(sku), str(location), int(str(quantity))) for sku, location, quantity in lines]


def _at(sku: str, location: str) -> QuerySet[Stock]:
    return Stock.objects.filter(sku=sku, location_id=location)


def _take_at(entries: Entries, rows: QuerySet[Stock], part: Part, *, to: str) -> bool:
    sku, location, quantity = part
    rows = rows.filter(location_id=location)
    changes = {"available": F("available") - quantity, to: F(to) + quantity}
    if not rows.filter(available__gt=quantity).update(**changes):
        if not rows.filter(available=quantity).update(**changes):
            return False
        entries.crossed.add(sku)
    entries.add(sku, location, **{"available": -quantity, to: quantity})
    return True


def _take_split(entries: Entries, rows: QuerySet[Stock], sku: str, quantity: int, *, to: str) -> list[Part] | None:
    """Take from several locations in their order. The numbers read only plan; each update guards itself."""
    parts: list[Part] = []
    missing = quantity
    while missing:
        shelves = _in_order(rows)
        if sum(available for _, available in shelves) < missing:
            put_back(entries, parts, out_of=to)
            return None
        for location, available in shelves:
            part = (sku, location, min(available, missing))
            # False: somebody took it since it was read. Then the rest is planned anew.
            if part[2] and _take_at(entries, rows, part, to=to):
                parts.append(part)
                missing -= part[2]
    return parts


def _in_order(rows: QuerySet[Stock]) -> list[tuple[str, int]]:
    """(location, units) of the shelves that have some: the main location, then by position."""
    found = rows.filter(available__gt=0).order_by("location__position", "location_id")
    shelves = list(found.values_list("location_id", "available"))
    return sorted(shelves, key=lambda shelf: shelf[0] != MAIN_LOCATION)
