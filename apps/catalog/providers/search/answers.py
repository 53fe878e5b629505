"""Answers of a search: cards and counts. Found by the index, shown from the database."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from apps.catalog.models import Product

from . import pages
from .question import Place, Question
from .reader import reader

# By key alone: with the status beside it SQLite would rather read all that are published. A draft's card is empty.
CARDS = Product.objects.order_by().values_list("pk", "card")


@dataclass(frozen=True, slots=True)
class Results:
    """One page of cards, and where the next one starts."""

    cards: list[str]
    after: Place | None


def search_products(*, question: Question, sort: str, limit: int, after: Place | None) -> Results:
    """What is looked for, page by page. Raises Unavailable while there is no index."""
    state = reader().state()
    found = pages.page(state, question, sort=sort, limit=limit, after=after)
    ids = [UUID(one) for one in found.ids]
    cards = dict(CARDS.filter(pk__in=ids)) if ids else {}
    return Results(cards=[cards[pk] for pk in ids if cards.get(pk)], after=found.after)


def count_products(*, question: Question) -> int:
    """How many products are meant."""
    return reader().state().count(question)
