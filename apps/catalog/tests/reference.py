"""Search as one would write it without an index: slow, and easy to believe. What the index answers is held to this."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from apps.catalog.models import Attribute, Product
from apps.catalog.providers.search.words import words


@dataclass
class Wanted:
    """A question, as a client asks it."""

    q: str = ""
    filters: dict[str, list[str]] = field(default_factory=dict)
    price: tuple[int | None, int | None] = (None, None)
    currency: str = "EUR"
    sort: str = "newest"


@dataclass
class Thing:
    """One product."""

    id: str
    shelved: str
    sort_name: str
    page: dict[str, Any]
    filterable: set[str]
    """Codes of attributes."""

    @cached_property
    def title(self) -> list[str]:
        return words(self.page["name"])

    def values(self, name: str) -> set[str]:
        if name == "available":
            return {str(self.page["available"]).lower()}
        if name == "category":
            return {step["slug"] for step in self.page["categories"]}
        if name == "brand":
            return {self.page["brand"]["slug"]} if self.page["brand"] else set()
        if name == "tag":
            return {tag["slug"] for tag in self.page["tags"]}
        kind, _, code = name.partition(".")
        if kind == "option":
            return {v["options"][code] for v in self.page["variants"] if code in v["options"]}
        return self.stated(code) if code in self.filterable else set()

    def stated(self, code: str) -> set[str]:
        found = [a["value"] for a in self.page["attributes"] if a["code"] == code]
        return {
            str(one).lower() if isinstance(one, bool) else str(one)
            for value in found
            for one in (value if isinstance(value, list) else [value])
        }

    def fits(self, filters: dict[str, list[str]]) -> bool:
        """All that is said of variants is said of one; whether it can be bought is asked of those that are left."""
        meant = self.page["variants"]
        for name, values in filters.items():
            kind, _, code = name.partition(".")
            if kind == "option":
                meant = [variant for variant in meant if variant["options"].get(code) in values]
            elif name != "available" and not self.values(name) & set(values):
                return False
        if not meant:
            return False
        can = any(variant["available"] for variant in meant)
        return "available" not in filters or filters["available"] == [str(can).lower()]

    def names(self) -> set[str]:
        codes = {f"option.{code}" for v in self.page["variants"] for code in v["options"]}
        return {
            "available",
            "category",
            "brand",
            "tag",
            *codes,
            *(f"attr.{a['code']}" for a in self.page["attributes"]),
        }

    def price(self, currency: str) -> int | None:
        return self.page["prices"].get(currency, {}).get("amount")

    @cached_property
    def places(self) -> list[set[str]]:
        """The words of name; and brand; and facts; and description."""
        name = set(self.title)
        brand = name | set(words(self.page["brand"]["name"] if self.page["brand"] else ""))
        texts = [one["name"] for one in (*self.page["categories"], *self.page["tags"])]
        for variant in self.page["variants"]:
            texts += [variant["sku"], *variant["options"].values()]
        for code in {a["code"] for a in self.page["attributes"]}:
            texts += self.stated(code)
        facts = brand | {word for text in texts for word in words(text)}
        return [name, brand, facts, facts | set(words(self.page["description"]))]


def everything() -> list[Thing]:
    rows = Product.objects.filter(status="published").values_list("pk", "shelved", "sort_name", "page")
    filterable = set(Attribute.objects.filter(filterable=True).values_list("code", flat=True))
    return [Thing(pk.hex, shelved, name, json.loads(page), filterable) for pk, shelved, name, page in rows]


def answer(things: list[Thing], wanted: Wanted) -> list[str]:
    """The ids of all pages together."""
    asked = words(wanted.q)
    like = [_meant(word, i == len(asked) - 1, things) for i, word in enumerate(asked)]
    ranked = [(_rank(thing, asked, like), thing) for thing in things if _passes(thing, wanted)]
    found = [(rank, thing) for rank, thing in ranked if rank is not None]
    match wanted.sort:
        case "name":
            found.sort(key=lambda one: (one[1].sort_name, one[1].id))
        case "price_asc" | "price_desc":
            found = [one for one in found if one[1].price(wanted.currency) is not None]
            found.sort(key=lambda one: (one[1].price(wanted.currency), one[1].id))
            if wanted.sort == "price_desc":
                found.reverse()
        case "newest":
            found.sort(key=lambda one: one[1].shelved, reverse=True)
        case "relevance":
            found.sort(key=lambda one: one[1].shelved, reverse=True)
            found.sort(key=lambda one: one[0])
    return [thing.id for _, thing in found]


def facets(things: list[Thing], wanted: Wanted) -> dict[str, Any]:
    """Of each value, how many products would be there if it were what is chosen in its facet."""
    made: dict[str, Any] = {}
    ids = set(answer(things, Wanted(wanted.q, {}, wanted.price, wanted.currency)))
    some = [thing for thing in things if thing.id in ids]
    for name in {name for thing in things for name in thing.names()}:
        values = {value for thing in some for value in thing.values(name)}
        if name == "available":
            values = {"true", "false"}
        chosen = {value: {**wanted.filters, name: [value]} for value in values}
        counts = {value: sum(thing.fits(filters) for thing in some) for value, filters in chosen.items()}
        if counts := {value: count for value, count in counts.items() if count}:
            made[name] = counts
    free = set(answer(things, Wanted(wanted.q, wanted.filters, (None, None), wanted.currency)))
    prices = [price for thing in things if thing.id in free and (price := thing.price(wanted.currency)) is not None]
    made["price"] = (min(prices), max(prices)) if prices else None
    return made


def _passes(thing: Thing, wanted: Wanted) -> bool:
    if not thing.fits(wanted.filters):
        return False
    low, high = wanted.price
    if low is None and high is None:
        return True
    price = thing.price(wanted.currency)
    return price is not None and (low or 0) <= price and (high is None or price <= high)


def _rank(thing: Thing, asked: list[str], like: list[set[str]]) -> int | None:
    """How well the words fit, 0 best; None if they do not."""
    if not asked:
        return 0
    places = thing.places
    if any(meant != {word} for word, meant in zip(asked, like, strict=True)):
        fits = all(word in places[3] or places[2] & meant for word, meant in zip(asked, like, strict=True))
        last_begins = _begins(asked[-1], places[2]) and asked[-1] in like[-1]
        return 0 if fits or (last_begins and _all_but_last(asked, like, places)) else None
    if thing.title == asked:
        return 0
    for rank, place in enumerate(places, start=1):
        if all(word in place for word in asked):
            return rank
    *before, last = asked
    return 5 if _begins(last, places[2]) and all(word in places[3] for word in before) else None


def _all_but_last(asked: list[str], like: list[set[str]], places: list[set[str]]) -> bool:
    return all(word in places[3] or places[2] & meant for word, meant in list(zip(asked, like, strict=True))[:-1])


def _begins(prefix: str, some: set[str]) -> bool:
    return 2 <= len(prefix) <= 12 and any(word.startswith(prefix) and word != prefix for word in some)


_known: dict[tuple[int, str, bool], set[str]] = {}


def _meant(word: str, last: bool, things: list[Thing]) -> set[str]:
    key = (id(things), word, last)
    if key not in _known:
        _known[key] = _look_up(word, last, things)
    return _known[key]


def _look_up(word: str, last: bool, things: list[Thing]) -> set[str]:
    """The word, or those that it may be a misspelling of."""
    facts = {one for thing in things for one in thing.places[2]}
    if any(word in thing.places[3] for thing in things) or (last and _begins(word, facts)):
        return {word}
    if len(word) >= 4 and word.isalpha():
        for most in (1, 2)[: 2 if len(word) >= 8 else 1]:
            near = {one for one in facts if len(one) >= 4 and one.isalpha() and distance(word, one) <= most}
            if near:
                return near
    return set()


def distance(a: str, b: str) -> int:
    """Insertions, deletions, changes and swaps of neighbours."""
    rows = [list(range(len(b) + 1))]
    for i, x in enumerate(a, start=1):
        row = [i]
        for j, y in enumerate(b, start=1):
            best = min(rows[i - 1][j] + 1, row[j - 1] + 1, rows[i - 1][j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, rows[i - 2][j - 2] + 1)
            row.append(best)
        rows.append(row)
    return rows[-1][-1]


def misspelt(word: str, at: int) -> str:
    """With two letters swapped."""
    at %= max(1, len(word) - 1)
    return word[:at] + word[at + 1 : at + 2] + word[at : at + 1] + word[at + 2 :]


def flat(made: Iterable[dict[str, Any]]) -> dict[str, int]:
    """A facet of an answer as counts by value."""
    return {one["value"]: one["count"] for one in made}
