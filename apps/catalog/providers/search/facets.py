"""Facets of a search: what else there is to choose, with the number of products that choosing it would show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec

from .document import AVAILABLE
from .question import OPTION, Question
from .reader import reader
from .state import State, less

FACET_VALUES = 100
_OF_THE_PRODUCT = ("category", "brand", "tag", "attr.")
Counts = dict[str, int]


def facets(*, question: Question) -> bytes:
    """JSON: by facet, its values with the number of products that choosing it would show.

    What is chosen in a facet does not narrow the facet itself: one can see what else there is to choose.
    """
    return reader().state().kept("facets", question, lambda state: msgspec.json.encode(_facets(state, question)))


def _facets(state: State, question: Question) -> dict[str, Any]:
    found = {**_of_products(state, question), **dict(_of_variants(state, question))}
    return {
        "price": _price_facet(state.price_span(question.without("price")), question.currency),
        **{name: _most_frequent(found[name]) for name in sorted(found) if found[name]},
    }


def _of_products(state: State, question: Question) -> dict[str, Counts]:
    """Category, brand, tags and attributes: a product has them as a whole."""
    found = _by_facet(state.tokens(question))
    for name, _ in question.filters:
        found[name] = _by_facet(state.tokens(question.without(name))).get(name, {})
    return {name: counts for name, counts in found.items() if name.startswith(_OF_THE_PRODUCT)}


def _of_variants(state: State, question: Question) -> Iterator[tuple[str, Counts]]:
    """Availability and options: one and the same variant must have all that is chosen."""
    free = question.without(AVAILABLE)
    yield AVAILABLE, _availability(state, free)
    there = {name for name in _by_facet(state.tokens(free)) if name.startswith(OPTION)}
    for name in there | {name for name, _ in question.options}:
        others = free.without(name)
        if question.available is None:
            yield name, _option(state, others, name, buyable=False)
        else:
            can = _option(state, others, name, buyable=True)
            yield name, can if question.available else less(_option(state, others, name, buyable=False), can)


def _availability(state: State, question: Question) -> Counts:
    if not question.options:
        return _by_facet(state.tokens(question)).get(AVAILABLE, {})
    can = state.count(question.having(AVAILABLE, "true"))
    return +Counter(true=can, false=state.count(question) - can)


def _option(state: State, others: Question, name: str, *, buyable: bool) -> Counts:
    """The values of one option, of variants that are as `others` says in all the rest."""
    if not others.options:
        return _by_facet(state.buyable(others) if buyable else state.tokens(others)).get(name, {})
    return state.kept("option", (others, name, buyable), lambda state: _counted(state, others, name, buyable=buyable))


def _counted(state: State, others: Question, name: str, *, buyable: bool) -> Counts:
    """Value by value, as no list of tokens tells which of them belong to one variant."""
    there = _by_facet(state.tokens(others)).get(name, {})
    values = sorted(there, key=lambda value: (-there[value], value))[:FACET_VALUES]
    return +Counter(state.count_each(others, name, values, available=buyable))


def _by_facet(tokens: Counts) -> dict[str, Counts]:
    found: dict[str, Counts] = {}
    for token, count in tokens.items():
        name, _, value = token.partition("=")
        found.setdefault(name, {})[value] = count
    return found


def _most_frequent(counts: Counts) -> list[dict[str, Any]]:
    ordered = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [{"value": value, "count": count} for value, count in ordered[:FACET_VALUES]]


def _price_facet(span: tuple[int, int] | None, currency: str) -> dict[str, Any] | None:
    if span is None:
        return None
    low, high = ({"amount": amount, "currency": currency} for amount in span)
    return {"min": low, "max": high}
