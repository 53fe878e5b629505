"""Reads everything that the documents of some products are made of: six queries, however many products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from apps.catalog.models import DEFAULT_PRICE_LIST, Category, Picture, Price, Product, Stock, Variant
from apps.catalog.rules import PictureFact, PriceFact, ProductFacts, VariantFact

Trails = dict[UUID, tuple[Category, ...]]
"""By category: itself and its ancestors, root first."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """One product's row, its variants, its place in the tree and the facts made of them."""

    product: Product
    variants: tuple[Variant, ...]
    trail: tuple[Category, ...]
    facts: ProductFacts


def gather(product_ids: Collection[UUID]) -> list[Gathered]:
    """The facts of these products, in no special order."""
    products = list(Product.objects.filter(pk__in=product_ids).defer("card", "page"))
    lines = trails({p.category_id for p in products})
    variants: dict[UUID, list[Variant]] = defaultdict(list)
    for variant in Variant.objects.filter(product_id__in=product_ids).order_by("position", "sku"):
        variants[variant.product_id].append(variant)
    everything = [v for of_product in variants.values() for v in of_product]
    prices = _prices(v.pk for v in everything)
    filled = set(
        Stock.objects.filter(sku__in=[v.sku for v in everything], available__gt=0).values_list("sku", flat=True)
    )
    pictures = _pictures(product_ids)
    return [
        Gathered(
            product=product,
            variants=tuple(variants[product.pk]),
            trail=lines[product.category_id],
            facts=facts_of(
                product,
                lines[product.category_id],
                tuple(
                    VariantFact(sku=v.sku, options=v.options, prices=tuple(prices[v.pk]), available=v.sku in filled)
                    for v in variants[product.pk]
                ),
                tuple(pictures[product.pk]),
            ),
        )
        for product in products
    ]


def facts_of(
    product: Product,
    trail: tuple[Category, ...],
    variants: tuple[VariantFact, ...],
    pictures: tuple[PictureFact, ...],
) -> ProductFacts:
    """Rows to facts."""
    return ProductFacts(
        id=product.pk,
        slug=product.slug,
        name=product.name,
        description=product.description,
        tax_class=product.tax_class_id,
        trail=tuple((c.slug, c.name) for c in trail),
        variants=variants,
        pictures=pictures,
    )


def trails(category_ids: Collection[UUID]) -> Trails:
    """The line of each of these categories, in two queries."""
    nodes = list(Category.objects.filter(pk__in=category_ids))
    wanted = {step for node in nodes for step in node.line()}
    known = {c.pk: c for c in Category.objects.filter(pk__in=wanted)}
    return {node.pk: tuple(known[step] for step in node.line()) for node in nodes}


def _prices(variant_ids: Iterable[UUID]) -> dict[UUID, list[PriceFact]]:
    found: dict[UUID, list[PriceFact]] = defaultdict(list)
    rows = Price.objects.filter(variant_id__in=list(variant_ids), price_list_id=DEFAULT_PRICE_LIST)
    for row in rows.order_by("currency", "valid_from"):
        found[row.variant_id].append(PriceFact(row.currency, row.amount_minor, row.valid_from, row.valid_until))
    return found


def _pictures(product_ids: Collection[UUID]) -> dict[UUID, list[PictureFact]]:
    found: dict[UUID, list[PictureFact]] = defaultdict(list)
    for row in Picture.objects.filter(product_id__in=product_ids).order_by("position", "id"):
        found[row.product_id].append(PictureFact(url=row.file.url, alt=row.alt, width=row.width, height=row.height))
    return found
