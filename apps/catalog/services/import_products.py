"""Use case: many products at once. Bounded memory, one transaction per batch, rendered on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage

from apps.catalog.models import (
    DEFAULT_PRICE_LIST,
    MAIN_LOCATION,
    MovementKind,
    Picture,
    Price,
    Product,
    ProductTag,
    ShelfRow,
    Status,
    Stock,
    StockMovement,
    Variant,
)
from apps.catalog.rules import (
    PictureFact,
    PriceFact,
    VariantFact,
    attribute_values,
    combination,
    documents,
    sort_name,
)
from shop.clock import now
from shop.db import transact
from shop.db.bulk import insert, new
from shop.errors import Invalid

from .gather import facts_of
from .render_product import page_etag, shelf_rows
from .save_product import ProductDraft
from .surroundings import NO_TYPE, Surroundings, surroundings

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class PictureImport:
    """A picture that is in the storage already, clean, at pictures/<id>/..."""

    id: UUID
    file: str
    alt: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class ProductImport:
    """A product that shall be on sale, with what is on the shelf of each SKU."""

    draft: ProductDraft
    stock: dict[str, int] = field(default_factory=dict)
    sales: dict[str, tuple[PriceFact, ...]] = field(default_factory=dict)
    """Scheduled prices by SKU."""
    pictures: tuple[PictureImport, ...] = ()


def import_products(
    products: Iterable[ProductImport],
    *,
    reason: str,
    batch: int = BATCH,
    progress: Callable[[int], None] = lambda _: None,
) -> int:
    """Publish those whose slug is new; the others are left as they are. Answers how many were new.

    `progress` is told the number of products that were looked at, after every batch.
    """
    made = seen = 0
    for some in _batches(products, batch):
        made += _import_batch(some, reason)
        seen += len(some)
        progress(seen)
    return made


def _batches(products: Iterable[ProductImport], size: int) -> Iterator[list[ProductImport]]:
    rest = iter(products)
    while some := list(islice(rest, size)):
        yield some


def _import_batch(some: Sequence[ProductImport], reason: str) -> int:
    slugs = [one.draft.slug for one in some]
    known = set(Product.objects.filter(slug__in=slugs).values_list("slug", flat=True))
    fresh = [one for one in some if one.draft.slug not in known]
    if not fresh:
        return 0
    drafts = [one.draft for one in fresh]
    around = surroundings(
        categories={draft.category_id for draft in drafts},
        types={draft.product_type for draft in drafts if draft.product_type},
        brands={draft.brand_id for draft in drafts if draft.brand_id},
        tags={tag for draft in drafts for tag in draft.tag_ids},
    )
    rows = _Rows(reason=reason, around=around)
    for one in fresh:
        rows.add(one)
    transact("catalog", rows.write)
    return len(fresh)


class _Rows:
    """The rows of one batch, made before the transaction and written in it by one statement per table."""

    def __init__(self, *, reason: str, around: Surroundings) -> None:
        self.reason = reason
        self.around = around
        self.at = now()
        self.rows: dict[type[Any], list[Any]] = {
            model: [] for model in (Product, ProductTag, Variant, Price, Picture, ShelfRow, Stock, StockMovement)
        }

    def add(self, one: ProductImport) -> None:
        draft, around = one.draft, self.around
        kind = around.types.get(draft.product_type or "", NO_TYPE)
        attributes, errors = attribute_values(kind.attributes, draft.attributes)
        if errors:
            raise Invalid(f"The attributes of {draft.slug} are not what its type says.", errors=tuple(errors))
        product = new(
            Product,
            slug=draft.slug,
            name=draft.name,
            description=draft.description,
            category_id=draft.category_id,
            tax_class_id=draft.tax_class,
            sort_name=sort_name(draft.name),
            product_type_id=draft.product_type,
            attributes=attributes,
            brand_id=draft.brand_id,
            seo_title=draft.seo_title,
            seo_description=draft.seo_description,
            videos=[video.kept() for video in draft.videos],
            status=Status.PUBLISHED,
            created_at=self.at,
            updated_at=self.at,
        )
        variants = self._add_variants(product.pk, one)
        pictures = tuple(self._add_picture(product.pk, i, picture) for i, picture in enumerate(one.pictures))
        facts = facts_of(product, around, tuple(fact for _, fact in variants), pictures, draft.tag_ids)
        made = documents(facts, self.at)
        product.card, product.page = made.card, made.page
        product.page_etag = page_etag(product.revision, made.etag)
        product.available, product.render_due = made.available, made.due
        for row, fact in variants:
            row.offer = made.offers[fact.sku]
        self.rows[Product].append(product)
        self.rows[ShelfRow] += shelf_rows(product, around.trails[draft.category_id])
        self.rows[ProductTag] += [new(ProductTag, product_id=product.pk, tag_id=tag) for tag in draft.tag_ids]

    def write(self) -> None:
        for model, rows in self.rows.items():
            insert(model, rows)

    def _add_variants(self, product_id: UUID, one: ProductImport) -> list[tuple[Variant, VariantFact]]:
        made = []
        for position, draft in enumerate(one.draft.variants or ()):
            row = new(
                Variant,
                product_id=product_id,
                sku=draft.sku,
                options=dict(draft.options),
                combination=combination(draft.options),
                position=position,
            )
            self.rows[Variant].append(row)
            standing = [PriceFact(price.currency, price.amount) for price in draft.prices or ()]
            prices = (*standing, *one.sales.get(draft.sku, ()))
            self.rows[Price] += [_price(row.pk, price) for price in prices]
            quantity = one.stock.get(draft.sku, 0)
            self._add_stock(draft.sku, quantity)
            made.append((row, VariantFact(draft.sku, draft.options, prices, available=quantity > 0)))
        return made

    def _add_stock(self, sku: str, quantity: int) -> None:
        self.rows[Stock].append(new(Stock, sku=sku, location_id=MAIN_LOCATION, available=quantity, sellable=True))
        if quantity:
            self.rows[StockMovement].append(
                new(
                    StockMovement,
                    sku=sku,
                    location_id=MAIN_LOCATION,
                    available_delta=quantity,
                    kind=MovementKind.RECEIVE,
                    reference=self.reason,
                    created_at=self.at,
                )
            )

    def _add_picture(self, product_id: UUID, position: int, picture: PictureImport) -> PictureFact:
        self.rows[Picture].append(
            new(
                Picture,
                id=picture.id,
                product_id=product_id,
                file=picture.file,
                width=picture.width,
                height=picture.height,
                alt=picture.alt,
                position=position,
            )
        )
        return PictureFact(default_storage.url(picture.file), picture.alt, picture.width, picture.height)


def _price(variant_id: UUID, price: PriceFact) -> Price:
    return new(
        Price,
        variant_id=variant_id,
        price_list_id=DEFAULT_PRICE_LIST,
        currency=price.currency,
        amount_minor=price.amount,
        valid_from=price.valid_from,
        valid_until=price.valid_until,
    )
