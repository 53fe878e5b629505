"""What somebody looks for, in one form: equal questions are equal objects, so answers can be kept by them."""

from __future__ import annotations

from dataclasses import dataclass, replace

OPTION = "option."
Filters = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """All parts must hold; of the values of one filter, any."""

    words: tuple[str, ...] = ()
    """As search.words makes them. The last may be unfinished."""
    filters: Filters = ()
    """(name, values), sorted: ("option.color", ("blue", "red"))."""
    currency: str = ""
    price_min: int | None = None
    price_max: int | None = None

    @property
    def options(self) -> Filters:
        """The filters by options, all of which one and the same variant must fulfil."""
        return tuple(one for one in self.filters if one[0].startswith(OPTION))

    @property
    def available(self) -> bool | None:
        """Whether a variant that is meant can be bought: some of them, or none, or it does not matter."""
        return next((values == ("true",) for name, values in self.filters if name == "available"), None)

    @property
    def has_price(self) -> bool:
        """Whether a range of prices is asked for."""
        return self.price_min is not None or self.price_max is not None

    @property
    def is_everything(self) -> bool:
        """Whether every product is meant."""
        return not (self.words or self.filters or self.has_price)

    def counted(self) -> Question:
        """The same for all who ask how many: without a range of prices the currency does not matter."""
        return self if self.has_price else replace(self, currency="")

    def without(self, name: str) -> Question:
        """The same, less one filter ("price" is one): what the counts of that filter's own facet are made of."""
        if name == "price":
            return replace(self, price_min=None, price_max=None)
        return replace(self, filters=tuple(one for one in self.filters if one[0] != name))

    def having(self, name: str, value: str) -> Question:
        """The same, with this filter in place of what was chosen there."""
        return replace(self, filters=tuple(sorted((*self.without(name).filters, (name, (value,))))))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the stage of the answer, the value that it is sorted by, and the id."""

    stage: int
    value: int | str
    id: str


@dataclass(frozen=True, slots=True)
class Found:
    """One page: ids in their order, and where the next one starts, if there is one."""

    ids: tuple[str, ...]
    after: Place | None
