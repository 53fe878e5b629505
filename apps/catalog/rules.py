"""Pure functions: which price counts now, and the JSON documents of a product.

A document holds the prices of all currencies, as a map by currency: one rendered (and cached)
document serves every `?currency=`. It holds no stock numbers, only whether something can be bought.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

SORT_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class PriceFact:
    currency: str
    amount: int
    valid_from: datetime
    valid_until: datetime | None = None


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


def amounts_at(prices: Iterable[PriceFact | OfferPrice], at: datetime) -> dict[str, int]:
    """Currency to amount: of the prices valid at that time, the one that started last."""
    valid = [p for p in prices if p.valid_from <= at and (p.valid_until is None or at < p.valid_until)]
    return {p.currency: p.amount for p in sorted(valid, key=lambda p: p.valid_from)}


def next_change(prices: Iterable[PriceFact], at: datetime) -> datetime | None:
    """The first start or end of a price after that time."""
    edges = (edge for p in prices for edge in (p.valid_from, p.valid_until))
    return min((edge for edge in edges if edge is not None and edge > at), default=None)


def sort_name(name: str) -> str:
    """A key that sorts names alike on every engine: no accents, no case."""
    plain = unicodedata.normalize("NFKD", name)
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()[:SORT_NAME_LENGTH]


def offer_name(product: str, options: Mapping[str, str]) -> str:
    """Product and options, for people: "Mug, blue"."""
    return ", ".join([product, *map(str, options.values())])


def documents(product: ProductFacts, at: datetime) -> Documents:
    """Everything that is rendered of one product."""
    variants = [(v, amounts_at(v.prices, at)) for v in product.variants]
    available = any(v.available for v, _ in variants)
    head = _head(product, [amounts for _, amounts in variants], available=available)
    page = {
        **head,
        "description": product.description,
        "categories": [{"slug": slug, "name": name} for slug, name in product.trail],
        "variants": [_variant_document(v, amounts) for v, amounts in variants],
        "pictures": [_picture_document(picture) for picture in product.pictures],
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


def _head(product: ProductFacts, amounts: list[dict[str, int]], *, available: bool) -> dict[str, Any]:
    lowest: dict[str, int] = {}
    for of_variant in amounts:
        for currency, amount in of_variant.items():
            lowest[currency] = min(amount, lowest.get(currency, amount))
    return {
        "id": str(product.id),
        "slug": product.slug,
        "name": product.name,
        "category": product.trail[-1][0],
        "prices": _money_map(lowest),
        "available": available,
        "picture": _picture_document(product.pictures[0]) if product.pictures else None,
    }


def _variant_document(variant: VariantFact, amounts: dict[str, int]) -> dict[str, Any]:
    return {
        "sku": variant.sku,
        "options": variant.options,
        "prices": _money_map(amounts),
        "available": variant.available,
    }


def _picture_document(picture: PictureFact) -> dict[str, Any]:
    return {"url": picture.url, "alt": picture.alt, "width": picture.width, "height": picture.height}


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
