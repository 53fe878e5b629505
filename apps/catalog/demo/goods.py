"""The demo shop's products: six of every kind, and two that the documentation knows by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from uuid import UUID

from django.utils.text import slugify

from apps.catalog.rules import PriceFact, VideoFact
from apps.catalog.services.import_products import ProductImport
from apps.catalog.services.save_product import ProductDraft, VariantDraft
from shop.money import Money

from .kinds import COLOURS, STYLES, TAGS, attributes, type_of
from .tree import Leaf

_SALE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""When the demo shop's sales are on: whenever somebody looks."""
_LINES = (
    "Made to be used every day, and to look better for it.",
    "A quiet shape, a good weight, nothing to explain.",
    "Small workshop, small series. No two are quite alike.",
    "Packs flat, lasts long, goes with the rest.",
)


def demo_products(leaves: Sequence[Leaf], labels: Mapping[str, UUID]) -> Iterator[ProductImport]:
    """All of them, the same every time."""
    by_slug = {leaf.slug: leaf for leaf in leaves}
    for number, leaf in enumerate(leaves):
        for style in STYLES:
            yield _product(leaf, style, Random(f"{number} {style}"), labels)
    yield _lamp(by_slug["lamps"])
    yield _mug(by_slug["mugs"], labels)


def prices(cents: int) -> tuple[Money, ...]:
    """A price in euro, a tenth more in dollars, and whole tens of yen."""
    return Money(cents, "EUR"), Money(cents * 11 // 10, "USD"), Money(cents * 16 // 100 * 10, "JPY")


def _product(leaf: Leaf, style: str, chance: Random, labels: Mapping[str, UUID]) -> ProductImport:
    name = f"{style} {leaf.noun}"
    code = slugify(name).upper()
    cents = leaf.price + chance.randrange(-3, 8) * 50
    colours = chance.sample(COLOURS, chance.randint(1, 3))
    variants = tuple(
        VariantDraft(sku=f"{code}-{colour.upper()}", prices=prices(cents + 100 * i), options={"color": colour})
        for i, colour in enumerate(colours)
    )
    stock = {variant.sku: chance.choice((0, 3, 12, 40, 150)) for variant in variants}
    line = chance.choice(_LINES)
    tags = chance.sample(TAGS, chance.randint(0, 2))
    kind = type_of(leaf.slug)
    draft = ProductDraft(
        slug=slugify(name),
        name=name,
        category_id=leaf.id,
        variants=variants,
        description=f"{name} of our {style} series. {line}",
        product_type=kind,
        attributes=attributes(kind, chance),
        brand_id=labels[slugify(style)],
        tag_ids=tuple(labels[slugify(tag)] for tag in tags),
        seo_title=f"{name} by {style}",
    )
    sales = {variant.sku: _sale(variant) for variant in variants} if "Outlet" in tags else {}
    return ProductImport(draft=draft, stock=stock, sales=sales)


def _sale(variant: VariantDraft) -> tuple[PriceFact, ...]:
    """A fifth less in every currency."""
    return tuple(PriceFact(price.currency, price.amount * 4 // 5, *_SALE) for price in variant.prices or ())


def _mug(leaf: Leaf, labels: Mapping[str, UUID]) -> ProductImport:
    variants = (
        VariantDraft(sku="MUG-BLUE", prices=prices(1200), options={"color": "blue"}),
        VariantDraft(sku="MUG-RED", prices=prices(1200), options={"color": "red"}),
    )
    draft = ProductDraft(
        slug="mug",
        name="Mug",
        category_id=leaf.id,
        variants=variants,
        description="Holds coffee, or tea. The one that the documentation buys.",
        product_type="drinkware",
        attributes={"material": "stoneware", "capacity": 350, "lid": False, "care": ["dishwasher"]},
        brand_id=labels["harbour"],
        tag_ids=(labels["gift"],),
        seo_title="A mug for coffee, or tea",
        videos=(VideoFact("https://videos.example.com/mug-thrown", "How a mug is thrown on the wheel"),),
    )
    return ProductImport(draft=draft, stock={"MUG-BLUE": 25, "MUG-RED": 2})


def _lamp(leaf: Leaf) -> ProductImport:
    draft = ProductDraft(
        slug="last-lamp",
        name="Last Lamp",
        category_id=leaf.id,
        variants=(VariantDraft(sku="LAMP-LAST", prices=prices(8900)),),
        description="There is one left.",
    )
    return ProductImport(draft=draft, stock={"LAMP-LAST": 1})
