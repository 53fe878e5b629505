"""A product as the index sees it, made of its rendered page: what is served and what is found cannot differ."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from .words import may_be_misspelt, prefixes, words

EXACT, NAME, BRAND, FACTS, ANYWHERE, BEGINS = "enbfdp"
"""Where a word stands, best first: all words together are the name; in the name; or the brand; or tags, options,
attributes, categories, SKUs; or in the description. Each but the first holds all of the ones before. Last: the
beginning of a word that is in FACTS."""
LONGEST_VALUE = 200
AVAILABLE = "available"
SOMETHING = "*"
_decode = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """What of one product is indexed."""

    id: UUID
    changed: UUID
    shelved: str
    sort_name: str
    prices: dict[str, int]
    """The lowest amount by currency, as on the card."""
    words: frozenset[str]
    """Each with the mark of where it stands before it."""
    spelling: frozenset[str]
    """Words that a misspelt one may mean."""
    tokens: frozenset[str]
    """What it can be filtered by: "brand=acme", "option.color=blue"."""
    buyable: frozenset[str]
    """The options of those variants that can be bought: "option.color=blue"."""
    sold_out: frozenset[str]
    """Its other options, which are few, and SOMETHING if there are any."""
    variants: tuple[str, ...]
    """What each variant by itself is: "0", "0.option.color=blue", "0.available"."""


def search_document(
    *, product_id: UUID, changed: UUID, shelved: str, sort_name: str, page: str, filterable: Collection[str] = ()
) -> SearchDocument:
    """From the row of a published product and the codes of the attributes that its type lets one filter by."""
    found = _decode(page)
    title = words(found["name"])
    name = set(title)
    brand = name | _words_of(found.get("brand"))
    facts = brand | set(_fact_words(found))
    anywhere = facts | set(words(found["description"]))
    marked = [
        (EXACT, {whole_name(title)}),
        (NAME, name),
        (BRAND, brand),
        (FACTS, facts),
        (ANYWHERE, anywhere),
        (BEGINS, prefixes(facts)),
    ]
    tokens = frozenset(token for token in _tokens(found, filterable) if len(token) <= LONGEST_VALUE)
    buyable = frozenset(token for one in found["variants"] if one["available"] for token in _options(one))
    sold_out = {token for one in found["variants"] for token in _options(one)} & tokens - buyable
    return SearchDocument(
        id=product_id,
        changed=changed,
        shelved=shelved,
        sort_name=sort_name,
        prices={currency: price["amount"] for currency, price in found["prices"].items()},
        words=frozenset(mark + word for mark, some in marked for word in some),
        spelling=frozenset(word for word in facts if may_be_misspelt(word)),
        tokens=tokens,
        buyable=buyable,
        sold_out=frozenset({SOMETHING, *sold_out} if sold_out else ()),
        variants=tuple(_each_variant(found)),
    )


def whole_name(title: Sequence[str]) -> str:
    """All words of a name as one."""
    return "_".join(title)


def _words_of(reference: dict[str, str] | None) -> set[str]:
    return set(words(reference["name"])) if reference else set()


def _fact_words(page: dict[str, Any]) -> Iterator[str]:
    for reference in (*page["categories"], *page.get("tags", ())):
        yield from words(reference["name"])
    for variant in page["variants"]:
        yield from words(variant["sku"])
        for value in variant["options"].values():
            yield from words(str(value))
    for _, value in _attribute_values(page):
        yield from words(value)


def _tokens(page: dict[str, Any], filterable: Collection[str]) -> Iterator[str]:
    yield f"available={_text(page['available'])}"
    for category in page["categories"]:
        yield f"category={category['slug']}"
    if brand := page.get("brand"):
        yield f"brand={brand['slug']}"
    for tag in page.get("tags", ()):
        yield f"tag={tag['slug']}"
    for variant in page["variants"]:
        yield from _options(variant)
    for code, value in _attribute_values(page):
        if code in filterable:
            yield f"attr.{code}={value}"


def _options(variant: dict[str, Any]) -> Iterator[str]:
    return (f"option.{code}={value}" for code, value in variant["options"].items())


def _each_variant(page: dict[str, Any]) -> Iterator[str]:
    """So that filters are fulfilled by one variant, not by several together."""
    for number, variant in enumerate(page["variants"]):
        yield str(number)
        yield from (variant_token(number, token) for token in _options(variant))
        if variant["available"]:
            yield variant_token(number, AVAILABLE)


def variant_token(number: int, token: str) -> str:
    """What the variant of that number is."""
    return f"{number}.{token}"


def _attribute_values(page: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for attribute in page.get("attributes", ()):
        value = attribute["value"]
        for one in value if isinstance(value, list) else [value]:
            yield attribute["code"], _text(one)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
