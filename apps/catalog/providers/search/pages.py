"""One page of an answer, in any order, from the few slots that are likely to hold it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from math import ceil
from typing import Any, cast
from uuid import UUID

import tantivy
from tantivy import FieldType, Query

from .fields import NAME, NAME_PARTS, NEWEST, name_key, name_numbers, number_key, price_field, slot_token
from .question import Found, Place, Question
from .slots import TARGET
from .state import PAGE, Part, State, all_of, any_of, fewest

FEW = 400
"""So many are looked at without slots."""
MOST_SLOTS = 48
"""More than these at once, and it is cheaper to look at all that match."""
SPARE = 24
SLOT_COST = 400
"""Looking into one slot takes as long as going over so many products that match a frequent part."""
_UNBOUNDED = 2**31

Key = tuple[Any, ...]
"""What a product is sorted by: (number, id), or (three numbers, rest of the name, id)."""
Hit = tuple[Key, int]
"""Key and id."""


def page(state: State, question: Question, *, sort: str, limit: int, after: Place | None) -> Found:
    """The next `limit` products behind `after`. `sort`: relevance, newest, name, price_asc or price_desc."""
    asked = (question, sort, limit, after)
    return state.kept(PAGE, asked, lambda state: _page(state, question, sort=sort, limit=limit, after=after))


def _page(state: State, question: Question, *, sort: str, limit: int, after: Place | None) -> Found:
    stages, order = _plan(state, question, sort)
    found: list[tuple[int, Hit]] = []
    for number in range(after.stage if after else 0, len(stages)):
        here = after if after and after.stage == number else None
        missing = limit + 1 - len(found)
        found += [(number, hit) for hit in order.hits(stages[number], here, missing)]
        if len(found) > limit:
            break
    shown = found[:limit]
    last = order.place(*shown[-1]) if len(found) > limit else None
    return Found(ids=tuple(UUID(int=hit[1]).hex for _, hit in shown), after=last)


def _plan(state: State, question: Question, sort: str) -> tuple[list[list[Part]], _Order]:
    if sort == "relevance" and question.words:
        filters = state.filters(question)
        stages = state.kept("stages", question.words, lambda state: state.stages(question.words))
        return [[*filters, *stage] for stage in stages], _ByNumber(state, NEWEST, "shelved", backwards=True)
    matching = state.matching(question)
    if sort == "name":
        return [matching], _ByName(state)
    if sort in {"price_asc", "price_desc"}:
        column = price_field(question.currency)
        matching = [*matching, state.term("slot", column)]
        by_price = _ByNumber(state, column, column, backwards=sort == "price_desc")
        by_price.start = _price_start(question, sort)
        return [matching], by_price
    return [matching], _ByNumber(state, NEWEST, "shelved", backwards=True)


def _price_start(question: Question, sort: str) -> str | None:
    """Nothing that is asked for lies before this key, so no slot before it is looked into."""
    if sort == "price_desc":
        return None if question.price_max is None else f"{question.price_max:016x}g"
    return None if question.price_min is None else f"{question.price_min:016x}"


class _Order(ABC):
    """One order of the shelves, read forwards or backwards."""

    column: str
    start: str | None = None
    leaps = False
    """Whether keys begin with the column, so that slots without anything can be leapt over."""

    def __init__(self, state: State, order: str, *, backwards: bool) -> None:
        self.state = state
        self.order = order
        self.slots = state.slots[order]
        self.backwards = backwards

    def hits(self, parts: list[Part], after: Place | None, count: int) -> list[Hit]:
        """The first `count` products behind `after` that fulfil all parts."""
        most = fewest(parts)
        if most == 0:
            return []
        dense = max(self.state.expected(parts), 1.0) / max(1, self.state.products)
        if most <= FEW or count / dense * SLOT_COST / TARGET > most:
            return self._look(parts, after, count)
        found: list[Hit] = []
        for window in self._windows(parts, after, dense, count, found):
            found += self._look([*parts, window], self.place(0, found[-1]) if found else after, count - len(found))
            if len(found) >= count:
                break
        return found

    def _windows(
        self, parts: list[Part], after: Place | None, dense: float, count: int, found: list[Hit]
    ) -> Iterator[Part]:
        """Pieces of the order, each about as large as what is missing in `found` needs, and growing if it was not."""
        starts, sizes = self.slots.starts, self.slots.sizes
        ahead = range(len(starts))[::-1] if self.backwards else range(len(starts))
        keys = [key for key in (self.start, self.slot_key(after) if after else None) if key is not None]
        at = max((ahead.index(self.slots.of(key)) for key in keys), default=0)
        grow = 1.5
        leapt = not self.leaps
        while at < len(ahead):
            wanted, start = ceil((count - len(found)) / dense * grow), at
            while at < len(ahead) and wanted > 0:
                wanted -= max(1, sizes[ahead[at]])
                at += 1
            if at - start > MOST_SLOTS and not leapt:
                leapt, grow = True, 1.5
                key = self._first_key(parts, self.place(0, found[-1]) if found else after)
                if key is None:
                    return
                at = max(start, ahead.index(self.slots.of(key)))
                continue
            if at - start > MOST_SLOTS:
                # All that is left: what earlier windows held lies before the place where the search goes on.
                yield Query.all_query(), _UNBOUNDED
                return
            yield any_of([self.state.term("slot", slot_token(self.order, starts[i])) for i in ahead[start:at]])
            grow *= 3

    def _first_key(self, parts: list[Part], after: Place | None) -> str | None:
        """Before this one there is nothing more that fulfils all parts: lamps may begin where mugs have ended."""
        raw = self._search(all_of(parts if after is None else [*parts, self._from(after)]), 1)
        return f"{raw[0][0]:016x}{'g' if self.backwards else ''}" if raw else None

    def _look(self, parts: list[Part], after: Place | None, count: int) -> list[Hit]:
        """The first `count` behind `after` that fulfil all parts."""
        query = all_of(parts if after is None else [*parts, self._from(after)])
        limit = count + SPARE
        while True:
            raw = self._search(query, limit)
            whole = len(raw) < limit
            if not whole:
                # Ties with the last one may have been cut off: leave them for a closer look.
                edge = raw[-1][0]
                while raw and raw[-1][0] == edge:
                    raw.pop()
            found = sorted(self.keyed(raw, after), reverse=self.backwards)
            if after is not None:
                mine = self.key_of(after)
                found = [hit for hit in found if (hit[0] < mine if self.backwards else hit[0] > mine)]
            if whole or len(found) >= count:
                return found[:count]
            limit *= 8

    def _search(self, query: Query, limit: int) -> list[tuple[int, tantivy.DocAddress]]:
        way = tantivy.Order.Desc if self.backwards else tantivy.Order.Asc
        found = self.state.searcher.search(query, limit, count=False, order_by_field=self.column, order=way)
        return list(found.hits)

    def _from(self, after: Place) -> Part:
        edge = self.key_of(after)[0]
        low, high = (None, edge) if self.backwards else (edge, None)
        return Query.range_query(self.state.schema, self.column, FieldType.Unsigned, low, high), _UNBOUNDED

    def numbers(self, name: str, addresses: list[tantivy.DocAddress]) -> list[int]:
        """One column of these products."""
        return cast(list[int], self.state.searcher.fast_field_values(name, addresses))

    def ids(self, addresses: list[tantivy.DocAddress]) -> list[int]:
        """Their ids."""
        both = zip(self.numbers("id0", addresses), self.numbers("id1", addresses), strict=True)
        return [first << 64 | second for first, second in both]

    @abstractmethod
    def keyed(self, raw: list[tuple[int, tantivy.DocAddress]], after: Place | None) -> list[Hit]:
        """With the whole of what they are sorted by."""

    @abstractmethod
    def key_of(self, after: Place) -> Key:
        """The key of the product at a place."""

    @abstractmethod
    def slot_key(self, after: Place) -> str:
        """The same as slots are cut by."""

    @abstractmethod
    def place(self, stage: int, hit: Hit) -> Place:
        """The place of a product."""


class _ByNumber(_Order):
    """By one column, products of the same number by their ids."""

    leaps = True

    def __init__(self, state: State, order: str, column: str, *, backwards: bool) -> None:
        super().__init__(state, order, backwards=backwards)
        self.column = column

    def keyed(self, raw: list[tuple[int, tantivy.DocAddress]], after: Place | None) -> list[Hit]:  # noqa: ARG002
        """(number, id)."""
        ids = self.ids([address for _, address in raw])
        return [((value, key), key) for (value, _), key in zip(raw, ids, strict=True)]

    def key_of(self, after: Place) -> Key:
        """(number, id)."""
        return int(after.value), UUID(after.id).int

    def slot_key(self, after: Place) -> str:
        """Number and id as one text."""
        return number_key(int(after.value), UUID(after.id))

    def place(self, stage: int, hit: Hit) -> Place:
        """Its number and id."""
        return Place(stage, hit[0][0], UUID(int=hit[1]).hex)


class _ByName(_Order):
    """By the name; its beginning is in columns, the rest is read where the beginnings are equal."""

    column = NAME_PARTS[0]

    def __init__(self, state: State) -> None:
        super().__init__(state, NAME, backwards=False)

    def keyed(self, raw: list[tuple[int, tantivy.DocAddress]], after: Place | None) -> list[Hit]:
        """(three numbers, the rest of the name where it matters, id)."""
        addresses = [address for _, address in raw]
        columns = [self.numbers(name, addresses) for name in NAME_PARTS]
        heads = list(zip(*columns, strict=True))
        tied = Counter(heads)
        if after is not None:
            tied[self.key_of(after)[:3]] += 1
        return [
            ((*head, self._name(address) if tied[head] > 1 else "", key), key)
            for head, address, key in zip(heads, addresses, self.ids(addresses), strict=True)
        ]

    def _name(self, address: tantivy.DocAddress) -> str:
        return bytes(self.state.searcher.doc(address).get_first("sort_name") or b"").decode()

    def key_of(self, after: Place) -> Key:
        """(three numbers, the name, id)."""
        return (*name_numbers(str(after.value)), str(after.value), UUID(after.id).int)

    def slot_key(self, after: Place) -> str:
        """Name and id as one text."""
        return name_key(str(after.value), UUID(after.id))

    def place(self, stage: int, hit: Hit) -> Place:
        """Its name and id."""
        [address] = self._search(self.state.term("id", UUID(int=hit[1]).hex)[0], 1)
        return Place(stage, self._name(address[1]), UUID(int=hit[1]).hex)
