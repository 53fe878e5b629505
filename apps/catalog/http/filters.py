"""What a list of products was asked for: every parameter read, checked and named when it is wrong."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import QueryDict

from apps.catalog.providers.search.question import Place, Question
from apps.catalog.providers.search.words import words
from apps.catalog.queries import present_slug
from shop.errors import FieldError, Invalid, Malformed
from shop.http.paging import check_names, decode_cursor, encode_cursor, included

SORTS = ("relevance", "newest", "name", "price_asc", "price_desc")
INCLUDES = ("total", "facets")
PLAIN = {"category", "currency", "sort", "limit", "after", "fields", "expand"}
SEARCHING = {"q", "brand", "tag", "price_min", "price_max", "available", "include"}
LONGEST_TEXT, MOST_WORDS, LONGEST_VALUE, MOST_VALUES = 200, 12, 180, 40
HIGHEST_PRICE = 10**15
_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,120}\Z")
_OPEN = re.compile(r"(option|attr)\.[-a-zA-Z0-9_]{1,60}\Z")


@dataclass(frozen=True, slots=True)
class Asked:
    """A list or a search."""

    question: Question
    sort: str
    include: frozenset[str]
    searched: bool
    """Only the index can answer it."""
    nothing: bool
    """It is asked for words, and there is none in the text."""

    @property
    def order(self) -> tuple[str, ...]:
        """What its cursors are bound to."""
        return (f"{self.sort} {self.question.currency}", "value", "id")


def asked_for(params: QueryDict) -> Asked:
    """Raises Invalid for the first parameter that is wrong, also for one that there is not."""
    if not params:
        return _everything(settings.CURRENCIES[0])
    check_names(params, [name for name in params if name in PLAIN or name in SEARCHING or _OPEN.match(name)])
    text = params.get("q", "").strip()
    some = tuple(words(_at_most("q", text, LONGEST_TEXT)))
    if len(some) > MOST_WORDS:
        raise wrong("q", "too_many_words", f"At most {MOST_WORDS} words.")
    low, high = _price(params, "price_min"), _price(params, "price_max")
    if low is not None and high is not None and low > high:
        raise wrong("price_max", "out_of_range", "At least price_min.")
    question = Question(words=some, filters=_filters(params), currency=_currency(params), price_min=low, price_max=high)
    sort = _sort(params, searching=bool(text))
    searched = bool(text) or sort.startswith("price") or any(name not in PLAIN and params[name] for name in params)
    return Asked(question, sort, included(params, *INCLUDES), searched=searched, nothing=bool(text) and not some)


@functools.cache
def _everything(currency: str) -> Asked:
    """Of who asks for nothing in particular."""
    return Asked(Question(currency=currency), "newest", frozenset(), searched=False, nothing=False)


def understood(asked: Asked) -> Asked:
    """The same, with the present slug of its category. Raises CategoryNotFound."""
    filters = tuple(
        (name, (present_slug(values[0]),) if name == "category" else values) for name, values in asked.question.filters
    )
    return replace(asked, question=replace(asked.question, filters=filters))


def place_of(asked: Asked, cursor: str | None, *, of: str) -> Place | None:
    """Where the page before ended. 400 for what is no cursor of this search, which `of` names."""
    if not cursor:
        return None
    stage, value, key = decode_cursor(asked.order, cursor, of=of)
    kind = str if asked.sort == "name" else int
    if not (isinstance(stage, int) and 0 <= stage < 10 and isinstance(value, kind) and isinstance(key, UUID)):
        raise Malformed("after is no cursor of this list: take next_cursor of the page before.")
    if isinstance(value, bool) or (isinstance(value, int) and value < 0):
        raise Malformed("after is no cursor of this list: take next_cursor of the page before.")
    return Place(stage, value, key.hex)


def cursor_at(asked: Asked, place: Place | None, *, of: str) -> str | None:
    """The cursor of the next page."""
    return None if place is None else encode_cursor(asked.order, [place.stage, place.value, UUID(place.id)], of=of)


def wrong(name: str, code: str, detail: str) -> Invalid:
    """A parameter that is not as it should be."""
    return Invalid(detail, errors=(FieldError(f"/{name.replace('~', '~0').replace('/', '~1')}", code, detail),))


def _filters(params: QueryDict) -> tuple[tuple[str, tuple[str, ...]], ...]:
    found: dict[str, tuple[str, ...]] = {}
    for name in params:
        if name in {"brand", "tag"} or _OPEN.match(name):
            values = tuple(sorted({_at_most(name, value, LONGEST_VALUE) for value in params.getlist(name) if value}))
            if values:
                found[name] = values
    if sum(map(len, found.values())) > MOST_VALUES:
        raise wrong(next(iter(found)), "too_many", f"At most {MOST_VALUES} values of filters.")
    if (available := params.get("available")) is not None:
        if available not in {"true", "false"}:
            raise wrong("available", "not_a_boolean", "true or false.")
        found["available"] = (available,)
    if (category := params.get("category")) is not None:
        found["category"] = (category,)
    return tuple(sorted(found.items()))


def _at_most(name: str, value: str, length: int) -> str:
    if len(value) > length:
        raise wrong(name, "too_long", f"At most {length} characters.")
    return value


def _price(params: QueryDict, name: str) -> int | None:
    text = params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 16 and int(text) <= HIGHEST_PRICE):
        raise wrong(name, "out_of_range", f"Whole minor units from 0 to {HIGHEST_PRICE}.")
    return int(text)


def _currency(params: QueryDict) -> str:
    currency: str = params.get("currency", settings.CURRENCIES[0])
    if currency not in settings.CURRENCIES:
        raise wrong("currency", "unknown_currency", f"One of {', '.join(settings.CURRENCIES)}.")
    return currency


def _sort(params: QueryDict, *, searching: bool) -> str:
    sort: str = params.get("sort", "relevance")
    if sort not in SORTS:
        raise wrong("sort", "unknown_sort", f"One of {', '.join(SORTS)}.")
    return "newest" if sort == "relevance" and not searching else sort


def check_slug(slug: Any) -> bool:
    """Whether it may be a slug at all."""
    return isinstance(slug, str) and bool(_SLUG.match(slug))
