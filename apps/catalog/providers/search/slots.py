"""Slots: each order of the shelves is cut into pieces of some hundred products, and a product knows its piece.

To find the next twenty of a category by price, the index looks through as few pieces as are likely to hold twenty,
instead of through all of the category. That is why a page costs the same among a million products as among a
thousand, and page 500 the same as page 1.

A piece is named by the smallest key that it may hold, so the index itself is the list of its pieces. They are cut when
the index is built, from a sample; the newest products get new ones at the end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

TARGET = 256
"""Products in a slot."""
LARGEST = 16 * TARGET
"""With more in one slot, it is time to cut anew."""


@dataclass(slots=True)
class Slots:
    """The slots of one order: where each begins, and about how many products it holds."""

    starts: list[str]
    sizes: list[int] = field(default_factory=list)
    _sums: list[int] = field(default_factory=list)

    def of(self, key: str) -> int:
        """The slot of a key."""
        return max(bisect_right(self.starts, key) - 1, 0)

    def start_of(self, key: str) -> str:
        """Its name."""
        return self.starts[self.of(key)]

    @property
    def largest(self) -> int:
        """The size of the fullest."""
        return max(self.sizes, default=0)

    def share(self, low: str, high: str) -> float:
        """About which part of all products has its key between the two. The sizes must not change any more."""
        if len(self._sums) != len(self.sizes) + 1:
            self._sums = [0, *accumulate(self.sizes)]
        return (self._sums[self.of(high) + 1] - self._sums[self.of(low)]) / max(1, self._sums[-1])


def cut(keys: Sequence[str], count: int) -> Slots:
    """Slots for `count` products of which `keys` is a sample."""
    ordered = sorted(keys)
    pieces = min(len(ordered), max(1, count // TARGET))
    return Slots(starts=["", *(ordered[len(ordered) * i // pieces] for i in range(1, pieces))])
