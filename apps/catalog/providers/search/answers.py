"""Answers of a search: cards, counts and facets. Found by the index, shown from the database."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.catalog.contracts import CategoryNotFound
from apps.catalog.models import Category, Product

from . import pages
from .question import Place, Question
from .reader import reader

# By key alone: with the status beside it SQLite would rather read all that are published. A draft's card is empty.
CARDS = Product.objects.order_by().values_list("pk", "card")
FACET_VALUES = 100
_FACETS = ("category", "brand", "tag", "available", "option.", "attr.")


@dataclass(frozen=True, slots=True)
class Results:
    """One page of cards, and where the next one starts."""

    cards: list[str]
    after: Place | None


def search_products(*, question: Question, sort: str, limit: int, after: Place | None) -> Results:
    """What is looked for, page by page. Raises Unavailable while there is no index, CategoryNotFound."""
    state = reader().state()
    _check_category(question)
    found = pages.page(state, question, sort=sort, limit=limit, after=after)
    ids = [UUID(one) for one in found.ids]
    cards = dict(CARDS.filter(pk__in=ids)) if ids else {}
    return Results(cards=[cards[pk] for pk in ids if cards.get(pk)], after=found.after)


def count_products(*, question: Question) -> int:
    """How many products are meant."""
    return reader().state().count(question)


def facets(*, question: Question) -> dict[str, Any]:
    """By facet, its values with the number of products that choosing it would show.

    What is chosen in a facet does not narrow the facet itself: one can see what else there is to choose.
    """
    state = reader().state()
    everything = state.tokens(question)
    chosen = {name: state.tokens(question.without(name)) for name, _ in question.filters}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for of, counts in [("", everything), *chosen.items()]:
        for token, count in counts.items():
            name, _, value = token.partition("=")
            if name.startswith(_FACETS) and (name == of if of else name not in chosen):
                found[name].append({"value": value, "count": count})
    return {
        "price": _price_facet(state.price_span(question.without("price")), question.currency),
        **{name: sorted(found[name], key=_by_count)[:FACET_VALUES] for name in sorted(found)},
    }


def _by_count(value: dict[str, Any]) -> tuple[int, str]:
    return -value["count"], value["value"]


def _price_facet(span: tuple[int, int] | None, currency: str) -> dict[str, Any] | None:
    if span is None:
        return None
    low, high = ({"amount": amount, "currency": currency} for amount in span)
    return {"min": low, "max": high}


def _check_category(question: Question) -> None:
    for name, values in question.filters:
        if name == "category" and not Category.objects.filter(slug=values[0]).exists():
            raise CategoryNotFound(f"There is no category {values[0]}.", category=values[0])
