"""Filling an index: whole, into a new directory, or what changed, into the one in use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

import tantivy

from .document import SearchDocument
from .fields import NEWEST, keys, orders, to_tantivy
from .slots import LARGEST, TARGET, Slots, cut
from .state import State
from .store import Store

HEAP = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Change:
    """A product was changed."""

    id: UUID
    product_id: UUID
    on_sale: bool


class Writer:
    """Writes one index; there is never more than one at a time, which tantivy makes sure of by a lock of its own."""

    def __init__(self, store: Store, path: Path, slots: Mapping[str, Slots] | None = None) -> None:
        self.store = store
        self.path = path
        self.index = store.open(path)
        self.state = State(self.index, store.currencies)
        self.slots = dict(self.state.slots if slots is None else slots)
        self._writer = self.index.writer(HEAP, 1)
        self._tail = self._newest_key()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End it. What was not committed is forgotten; what was, is merged in peace."""
        self._writer.wait_merging_threads()

    def add(self, document: SearchDocument) -> None:
        """A product that the index does not have."""
        key = dict(keys(document, ()))[NEWEST]
        newest = self.slots[NEWEST]
        if key > self._tail:
            self._tail = key
            if newest.sizes[-1] >= 2 * TARGET:  # the newest product begins a new slot, which only newer ones follow
                newest.starts.append(key)
                newest.sizes.append(0)
        for order, place in keys(document, self.store.currencies):
            self.slots[order].sizes[self.slots[order].of(place)] += 1
        self._writer.add_document(to_tantivy(document, self.slots, self.store.currencies))

    def remove(self, product_id: UUID) -> None:
        """A product that is no longer on sale."""
        self._writer.delete_documents_by_term("id", product_id.hex)

    def commit(self) -> None:
        """Everything up to here is there for all readers, and survives a power cut."""
        self._writer.commit()
        self.index.reload()
        self.state = State(self.index, self.store.currencies, like=self.state)

    def has(self, change: Change) -> bool:
        """Whether the index shows the product as it was after that change."""
        searcher = self.state.searcher
        hits = searcher.search(self.state.term("id", change.product_id.hex)[0], 1, count=False).hits
        if not change.on_sale or not hits:
            return change.on_sale == bool(hits)
        return searcher.fast_field_values("changed", [hits[0][1]])[0] == change.id.int >> 64

    @property
    def should_be_cut_anew(self) -> bool:
        """Whether some slot holds so many products that pages cost more than they should."""
        return any(slots.largest > LARGEST for slots in self.slots.values())

    def _newest_key(self) -> str:
        hits = self.state.searcher.search(tantivy.Query.all_query(), 1, count=False, order_by_field="shelved").hits
        return f"{int(hits[0][0]):016x}g" if hits else ""


def cut_slots(sample: Sequence[SearchDocument], count: int, currencies: Sequence[str]) -> dict[str, Slots]:
    """Slots of all orders for `count` products of which these are a sample."""
    by_order: dict[str, list[str]] = {order: [] for order in orders(currencies)}
    for document in sample:
        for order, key in keys(document, currencies):
            by_order[order].append(key)
    scale = count / max(1, len(sample))
    made = {order: cut(some, round(len(some) * scale)) for order, some in by_order.items()}
    for slots in made.values():
        slots.sizes = [0] * len(slots.starts)
    return made
