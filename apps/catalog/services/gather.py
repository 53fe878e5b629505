"""Reads everything that the documents of some products are made of: so many queries, however many products."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.files.storage import default_storage

from apps.catalog.models import DEFAULT_PRICE_LIST, Category, Picture, Price, Product, ProductTag, Stock, Variant
from apps.catalog.rules import PictureFact, PriceFact, ProductFacts, VariantFact, attribute_facts, videos_of

from .surroundings import NO_TYPE, Surroundings, surroundings


@dataclass(frozen=True, slots=True)
class Gathered:
    """One product's row, its variants, its place in the tree and the facts made of them."""

    product: Product
    variants: tuple[Variant, ...]
    trail: tuple[Category, ...]
    facts: ProductFacts


def gather(product_ids: Collection[UUID]) -> list[Gathered]:
    """The facts of these products, in no special order."""
    products = list(Product.objects.filter(pk__in=product_ids).defer("card", "page").order_by())
    tags = _tags(product_ids)
    around = surroundings(
        categories={p.category_id for p in products},
        types={p.product_type_id for p in products if p.product_type_id},
        brands={p.brand_id for p in products if p.brand_id},
        tags={tag for of_product in tags.values() for tag in of_product},
    )
    variants: dict[UUID, list[Variant]] = defaultdict(list)
    for variant in Variant.objects.filter(product_id__in=product_ids).order_by("position", "sku"):
        variants[variant.product_id].append(variant)
    everything = [v for of_product in variants.values() for v in of_product]
    prices = _prices(v.pk for v in everything)
    filled = set(
        Stock.objects.filter(sku__in=[v.sku for v in everything], open=True, available__gt=0).values_list(
            "sku", flat=True
        )
    )
    pictures = _pictures(product_ids)
    return [
        Gathered(
            product=product,
            variants=tuple(variants[product.pk]),
            trail=around.trails[product.category_id],
            facts=facts_of(
                product,
                around,
                tuple(
                    VariantFact(sku=v.sku, options=v.options, prices=tuple(prices[v.pk]), available=v.sku in filled)
                    for v in variants[product.pk]
                ),
                tuple(pictures[product.pk]),
                tags[product.pk],
            ),
        )
        for product in products
    ]


def facts_of(
    product: Product,
    around: Surroundings,
    variants: tuple[VariantFact, ...],
    pictures: tuple[PictureFact, ...],
    tags: Collection[UUID] = (),
) -> ProductFacts:
    """Rows to facts."""
    kind = around.types.get(product.product_type_id or "", NO_TYPE)
    return ProductFacts(
        id=product.pk,
        slug=product.slug,
        name=product.name,
        description=product.description,
        tax_class=product.tax_class_id,
        trail=tuple((c.slug, c.name) for c in around.trails[product.category_id]),
        variants=variants,
        pictures=pictures,
        product_type=product.product_type_id,
        options=kind.options,
        attributes=attribute_facts(kind.attributes, product.attributes),
        brand=around.brands[product.brand_id] if product.brand_id else None,
        tags=tuple(sorted(around.tags[tag] for tag in tags)),
        seo_title=product.seo_title,
        seo_description=product.seo_description,
        videos=videos_of(product.videos),
    )


def _tags(product_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    found: dict[UUID, list[UUID]] = defaultdict(list)
    rows = ProductTag.objects.filter(product_id__in=product_ids).order_by()
    for product, tag in rows.values_list("product_id", "tag_id"):
        found[product].append(tag)
    return found


def _prices(variant_ids: Iterable[UUID]) -> dict[UUID, list[PriceFact]]:
    found: dict[UUID, list[PriceFact]] = defaultdict(list)
    rows = Price.objects.filter(variant_id__in=list(variant_ids), price_list_id=DEFAULT_PRICE_LIST)
    for row in rows.order_by("currency", "valid_from"):
        found[row.variant_id].append(PriceFact(row.currency, row.amount_minor, row.valid_from, row.valid_until))
    return found


def _pictures(product_ids: Collection[UUID]) -> dict[UUID, list[PictureFact]]:
    found: dict[UUID, list[PictureFact]] = defaultdict(list)
    for row in Picture.objects.filter(product_id__in=product_ids).order_by("position", "id"):
        found[row.product_id].append(picture_fact(row))
    return found


def picture_fact(row: Picture) -> PictureFact:
    """Names of files become addresses, which documents hold: another MEDIA_URL shows when they are rendered anew."""
    sizes = tuple((default_storage.url(name), width, height) for width, height, name in row.renditions)
    return PictureFact(url=row.file.url, alt=row.alt, width=row.width, height=row.height, srcset=sizes)
