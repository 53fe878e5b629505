"""The JSON documents of a product, as pure functions of its facts.

A document holds the prices of all currencies, as a map by currency: one rendered (and cached)
document serves every `?currency=`. It holds no stock numbers, only whether something can be bought.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal
from uuid import UUID

import msgspec

from .attributes import AttributeFact
from .prices import PriceFact, amounts_at, next_change, regular_at
from .videos import VideoFact

SORT_NAME_LENGTH = 200
SNIPPET_LENGTH = 160
"""What search engines show of a description."""


@dataclass(frozen=True, slots=True)
class VariantFact:
    sku: str
    options: Mapping[str, str]
    prices: tuple[PriceFact, ...]
    available: bool


@dataclass(frozen=True, slots=True)
class PictureFact:
    url: str
    alt: str
    width: int
    height: int
    srcset: tuple[tuple[str, int, int], ...] = ()
    """(url, width, height) of its sizes as WebP, smallest first; empty until a worker has made them."""


@dataclass(frozen=True, slots=True)
class OptionFact:
    """One thing that tells variants apart, with its values in the order in which they are shown."""

    code: str
    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProductFacts:
    """All that the documents of one product are made of."""

    id: UUID
    slug: str
    name: str
    description: str
    tax_class: str
    trail: tuple[tuple[str, str], ...]
    """(slug, name) of the categories, root first."""
    variants: tuple[VariantFact, ...]
    pictures: tuple[PictureFact, ...]
    product_type: str | None = None
    options: tuple[OptionFact, ...] = ()
    """Those of its type."""
    attributes: tuple[AttributeFact, ...] = ()
    brand: tuple[str, str] | None = None
    """(slug, name), as are the tags."""
    tags: tuple[tuple[str, str], ...] = ()
    seo_title: str = ""
    seo_description: str = ""
    videos: tuple[VideoFact, ...] = ()


class OfferPrice(msgspec.Struct, frozen=True, array_like=True):
    currency: str
    amount: int
    valid_from: datetime
    valid_until: datetime | None


class OfferDocument(msgspec.Struct, frozen=True):
    """What is kept on a published variant, so that an offer needs no join."""

    product_id: UUID
    slug: str
    name: str
    tax_class: str
    prices: tuple[OfferPrice, ...]

    def amount(self, currency: str, at: datetime) -> int | None:
        """The amount that counts at that time, or None."""
        return amounts_at(self.prices, at).get(currency)


@dataclass(frozen=True, slots=True)
class Documents:
    card: str
    page: str
    etag: str
    available: bool
    offers: dict[str, str]
    """By SKU."""
    due: datetime | None
    """The next moment at which a price starts or ends."""


def sort_name(name: str) -> str:
    """A key that sorts names alike on every engine: no accents, no case."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()[:SORT_NAME_LENGTH]


def combination(options: Mapping[str, str]) -> str:
    """The same short text for the same options in any order: what is unique among the variants of a product."""
    return blake2b(msgspec.json.encode(sorted(options.items())), digest_size=16).hexdigest()


def redirect_path(kind: Literal["products", "categories"], slug: str) -> str:
    """The key of the redirect of an old slug."""
    return f"{kind}/{slug}"


def offer_name(product: str, options: Mapping[str, str]) -> str:
    """Product and options, for people: "Mug, blue"."""
    return ", ".join([product, *map(str, options.values())])


def documents(product: ProductFacts, at: datetime) -> Documents:
    """Everything that is rendered of one product."""
    variants = [_PricedVariant(v, amounts_at(v.prices, at), regular_at(v.prices, at)) for v in product.variants]
    available = any(v.available for v in product.variants)
    head = _head(product, variants, available=available)
    page = {
        **head,
        "description": product.description,
        "categories": [_reference(step) for step in product.trail],
        "product_type": product.product_type,
        "attributes": [_attribute_document(attribute) for attribute in product.attributes],
        "options": [_option_document(option) for option in options_in_use(product.options, product.variants)],
        "variants": [_variant_document(v) for v in variants],
        "pictures": [_picture_document(picture) for picture in product.pictures],
        "videos": [video.kept() for video in product.videos],
        "tags": [_reference(tag) for tag in product.tags],
        "seo": {
            "title": product.seo_title or product.name,
            "description": product.seo_description or snippet(product.description),
        },
    }
    raw = msgspec.json.encode(page)
    return Documents(
        card=msgspec.json.encode(head).decode(),
        page=raw.decode(),
        etag=blake2b(raw, digest_size=12).hexdigest(),
        available=available,
        offers={v.sku: _offer(product, v) for v in product.variants},
        due=next_change((price for v in product.variants for price in v.prices), at),
    )


def options_in_use(declared: Sequence[OptionFact], variants: Sequence[VariantFact]) -> list[OptionFact]:
    """Each option with the values that some variant has; what no type declares comes in the order of its use."""
    used: dict[str, dict[str, None]] = {}
    for variant in variants:
        for code, value in variant.options.items():
            used.setdefault(code, {})[value] = None
    known = {option.code: option for option in declared}
    free = [OptionFact(code, code, tuple(values)) for code, values in used.items() if code not in known]
    ordered = [
        OptionFact(code, option.name, tuple(value for value in option.values if value in used[code]))
        for code, option in known.items()
        if code in used
    ]
    return ordered + free


def snippet(text: str) -> str:
    """The beginning of a text in one line, cut between words."""
    line = " ".join(text.split())
    return line if len(line) <= SNIPPET_LENGTH else line[:SNIPPET_LENGTH].rsplit(" ", 1)[0] + "\u2026"


@dataclass(frozen=True, slots=True)
class _PricedVariant:
    fact: VariantFact
    amounts: dict[str, int]
    regular: dict[str, int]


def _head(product: ProductFacts, variants: list[_PricedVariant], *, available: bool) -> dict[str, Any]:
    lowest: dict[str, int] = {}
    regular: dict[str, int] = {}
    for variant in variants:
        for currency, amount in variant.amounts.items():
            if amount < lowest.get(currency, amount + 1):
                lowest[currency] = amount
                regular[currency] = variant.regular.get(currency, amount)
    return {
        "id": str(product.id),
        "slug": product.slug,
        "name": product.name,
        "brand": _reference(product.brand) if product.brand else None,
        "category": product.trail[-1][0],
        "prices": _money_map(lowest),
        "regular": _money_map({code: amount for code, amount in regular.items() if amount > lowest[code]}),
        "available": available,
        "picture": _picture_document(product.pictures[0]) if product.pictures else None,
    }


def _variant_document(variant: _PricedVariant) -> dict[str, Any]:
    return {
        "sku": variant.fact.sku,
        "options": variant.fact.options,
        "prices": _money_map(variant.amounts),
        "regular": _money_map(variant.regular),
        "available": variant.fact.available,
    }


def _reference(pair: tuple[str, str]) -> dict[str, str]:
    return {"slug": pair[0], "name": pair[1]}


def _attribute_document(attribute: AttributeFact) -> dict[str, Any]:
    return {
        "code": attribute.code,
        "name": attribute.name,
        "kind": attribute.kind,
        "value": attribute.value,
        "unit": attribute.unit,
    }


def _option_document(option: OptionFact) -> dict[str, Any]:
    return {"code": option.code, "name": option.name, "values": option.values}


def _picture_document(picture: PictureFact) -> dict[str, Any]:
    return {
        "url": picture.url,
        "alt": picture.alt,
        "width": picture.width,
        "height": picture.height,
        "srcset": [{"url": url, "width": width, "height": height} for url, width, height in picture.srcset],
    }


def _money_map(amounts: dict[str, int]) -> dict[str, dict[str, Any]]:
    return {code: {"amount": amounts[code], "currency": code} for code in sorted(amounts)}


def _offer(product: ProductFacts, variant: VariantFact) -> str:
    document = OfferDocument(
        product_id=product.id,
        slug=product.slug,
        name=offer_name(product.name, variant.options),
        tax_class=product.tax_class,
        prices=tuple(OfferPrice(p.currency, p.amount, p.valid_from, p.valid_until) for p in variant.prices),
    )
    return msgspec.json.encode(document).decode()
