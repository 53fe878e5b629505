"""As many products as asked for, made one by one so that memory stays small."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.catalog.services.import_products import ProductImport
from apps.catalog.services.save_product import ProductDraft, VariantDraft

from .goods import prices
from .labels import Labels
from .tree import Leaf

_ADJECTIVES = (
    "Plain",
    "Soft",
    "Tall",
    "Round",
    "Light",
    "Heavy",
    "Quiet",
    "Bright",
    "Old",
    "Nordic",
    "Little",
    "Grand",
)


_COLOURS = ("blue", "red", "sand", "moss", "ink", "rose", "white")


def many_products(count: int, leaves: Sequence[Leaf], labels: Labels) -> Iterator[ProductImport]:
    """Numbered from 1, so that a repeat makes only what is missing."""
    brands, tags = labels.brands, labels.tags
    for number in range(1, count + 1):
        leaf = leaves[number % len(leaves)]
        turn = number // len(leaves)
        name = f"{_ADJECTIVES[turn % len(_ADJECTIVES)]} {leaf.noun} {number}"
        sku = f"BULK-{number}"
        draft = ProductDraft(
            slug=f"bulk-{number}",
            name=name,
            category_id=leaf.id,
            variants=(
                VariantDraft(
                    sku=sku,
                    prices=prices(leaf.price + number % 40 * 25),
                    options={"color": _COLOURS[number % len(_COLOURS)]},
                ),
            ),
            description=f"{name}. One of many.",
            brand_id=brands[turn % len(brands)],
            tag_ids=(tags[number % len(tags)],),
        )
        yield ProductImport(draft=draft, stock={sku: number % 50})
