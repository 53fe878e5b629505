"""Reads: offers for other contexts, and the rendered documents that browsing serves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet, Sum

from shop.clock import now
from shop.money import Money

from .contracts import (
    BrandNotFound,
    Card,
    CategoryNotFound,
    Location,
    Offer,
    ProductNotFound,
    ProductTypeNotFound,
    SoldIn,
    TagNotFound,
    VariantNotFound,
)
from .models import (
    DEFAULT_PRICE_LIST,
    SINCE_EVER,
    Brand,
    Category,
    Price,
    Product,
    ProductTag,
    ProductType,
    Redirect,
    ShelfRow,
    Status,
    Stock,
    StockLocation,
    Tag,
    Variant,
)
from .rules import OfferDocument, PriceFact, amounts_at, redirect_path, snippet

_offer = msgspec.json.Decoder(OfferDocument)


def get_offers(*, skus: tuple[str, ...], currency: str) -> tuple[Offer, ...]:
    """Two reads: the rendered offers, and the stock of all locations."""
    documents = dict(Variant.objects.filter(sku__in=skus).exclude(offer="").order_by().values_list("sku", "offer"))
    stock = (
        Stock.objects.filter(sku__in=list(documents), open=True)
        .values("sku")
        .order_by("sku")
        .annotate(left=Sum("available"))
    )
    left: dict[str, int] = {row["sku"]: row["left"] for row in stock} if documents else {}
    at = now()
    offers = []
    for sku, raw in documents.items():
        document = _offer.decode(raw)
        amount = document.amount(currency, at)
        if amount is not None:
            offers.append(
                Offer(
                    sku=sku,
                    product_id=document.product_id,
                    product_slug=document.slug,
                    name=document.name,
                    price=Money(amount, currency),
                    tax_class=document.tax_class,
                    available=left.get(sku, 0),
                )
            )
    return tuple(offers)


def get_cards(*, product_ids: tuple[UUID, ...]) -> tuple[Card, ...]:
    """One read, by primary key."""
    # By key alone: with the status beside it SQLite would rather read all that are published. A draft's card is empty.
    rows = Product.objects.filter(pk__in=product_ids).order_by().values_list("pk", "card")
    return tuple(Card(product_id=pk, body=card) for pk, card in rows if card)


def get_currencies(*, skus: tuple[str, ...]) -> tuple[SoldIn, ...]:
    """One read: the rendered offers hold the prices of all currencies."""
    at = now()
    found = []
    for sku, raw in Variant.objects.filter(sku__in=skus).exclude(offer="").order_by("sku").values_list("sku", "offer"):
        document = _offer.decode(raw)
        known = sorted({price.currency for price in document.prices})
        found.append(SoldIn(sku, tuple(one for one in known if document.amount(one, at) is not None)))
    return tuple(found)


def get_locations() -> tuple[Location, ...]:
    """By position: there are few."""
    return tuple(Location(row.code, row.name, row.active) for row in StockLocation.objects.order_by("position", "code"))


@dataclass(frozen=True, slots=True)
class Page:
    """A product's page as it is served."""

    body: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Moved:
    """It is found at this slug now."""

    slug: str


def product_page(*, slug: str) -> Page | Moved:
    """One indexed read for a hit; only a miss looks for a redirect.

    Raises ProductNotFound for a draft as for a slug that never was.
    """
    for page, etag in _PAGES.filter(slug=slug):
        if page:
            return Page(body=page.encode(), etag=etag)
    old = Redirect.objects.filter(pk=redirect_path("products", slug)).order_by().values_list("product_id", flat=True)
    for product_id in old:
        for now_at in Product.objects.filter(pk=product_id).exclude(page="").order_by().values_list("slug", flat=True):
            return Moved(slug=now_at)
    raise ProductNotFound(f"There is no product {slug}.", slug=slug)


def category_page(*, slug: str) -> dict[str, Any] | Moved:
    """A category with its way from the root and what is right below. Raises CategoryNotFound."""
    category = Category.objects.filter(slug=slug).first()
    if category is None:
        return Moved(slug=_category_once_at(slug).slug)
    above = {c.pk: c for c in Category.objects.filter(pk__in=category.line()[:-1])}
    below = Category.objects.filter(parent_id=category.pk).order_by("position", "name", "id")
    return {
        "id": category.pk,
        "slug": category.slug,
        "name": category.name,
        "description": category.description,
        "position": category.position,
        "parent": above[category.parent_id].slug if category.parent_id else None,
        "trail": [_reference(above.get(step, category)) for step in category.line()],
        "children": [_reference(child) for child in below],
        "seo": {
            "title": category.seo_title or category.name,
            "description": category.seo_description or snippet(category.description),
        },
        "revision": category.revision,
    }


def _category_once_at(slug: str) -> Category:
    """The one that had this slug before. Raises CategoryNotFound."""
    old = Redirect.objects.filter(pk=redirect_path("categories", slug)).order_by()
    for category in Category.objects.filter(pk__in=list(old.values_list("category_id", flat=True))):
        return category
    raise CategoryNotFound(f"There is no category {slug}.", category=slug)


def present_slug(slug: str) -> str:
    """Of the category that has this slug, or had it before. Raises CategoryNotFound."""
    return slug if Category.objects.filter(slug=slug).exists() else _category_once_at(slug).slug


def _reference(row: Category | Brand | Tag) -> dict[str, str]:
    return {"slug": row.slug, "name": row.name}


# --- what staff read before they write ------------------------------------------------------------------------------


def category_of_slug(slug: str) -> Category:
    """Raises CategoryNotFound; old slugs are for readers only."""
    for category in Category.objects.filter(slug=slug):
        return category
    raise CategoryNotFound(f"There is no category {slug}.", category=slug)


def brand_of_slug(slug: str) -> Brand:
    """Raises BrandNotFound."""
    for brand in Brand.objects.filter(slug=slug):
        return brand
    raise BrandNotFound(f"There is no brand {slug}.", brand=slug)


def tag_of_slug(slug: str) -> Tag:
    """Raises TagNotFound."""
    for tag in Tag.objects.filter(slug=slug):
        return tag
    raise TagNotFound(f"There is no tag {slug}.", tag=slug)


def product_of_slug(slug: str) -> Product:
    """A draft as well as a published one, without its documents. Raises ProductNotFound."""
    for product in Product.objects.filter(slug=slug).defer("card", "page"):
        return product
    raise ProductNotFound(f"There is no product {slug}.", slug=slug)


def variant_of(*, slug: str, sku: str) -> Variant:
    """Raises ProductNotFound or VariantNotFound."""
    product = product_of_slug(slug)
    for variant in Variant.objects.filter(sku=sku, product_id=product.pk):
        return variant
    raise VariantNotFound(f"{slug} has no variant {sku}.", sku=sku)


def product_type_of(code: str) -> ProductType:
    """Raises ProductTypeNotFound."""
    for found in ProductType.objects.filter(pk=code):
        return found
    raise ProductTypeNotFound(f"There is no product type {code}.", product_type=code)


def product_types() -> QuerySet[ProductType]:
    """With attributes and options, by one query each for a page."""
    return ProductType.objects.prefetch_related("attributes", "options")


def staff_products(status: str | None) -> tuple[QuerySet[Product], tuple[str, ...]]:
    """Drafts and published ones, newest first, and the order that an index has."""
    rows = Product.objects.select_related("category", "brand").defer("card", "page", "description")
    return (rows, ("-id",)) if status is None else (rows.filter(status=status), ("-shelved",))


@dataclass(frozen=True, slots=True)
class StaffProduct:
    """A product as its editors see it."""

    product: Product
    tags: tuple[str, ...]
    variants: tuple[Variant, ...]
    standing: dict[UUID, list[Money]]
    """By variant: its standing prices."""


def staff_product(slug: str) -> StaffProduct:
    """A draft as well as a published one. Raises ProductNotFound."""
    for product in Product.objects.filter(slug=slug).select_related("category", "brand").defer("card", "page"):
        tags = ProductTag.objects.filter(product_id=product.pk).order_by().values_list("tag_id", flat=True)
        variants = tuple(Variant.objects.filter(product_id=product.pk).order_by("position", "sku"))
        standing: dict[UUID, list[Money]] = {variant.pk: [] for variant in variants}
        for variant, prices in _prices_of(list(standing)).items():
            standing[variant] = [Money(p.amount, p.currency) for p in prices if p.valid_from == SINCE_EVER]
        return StaffProduct(
            product=product,
            tags=tuple(sorted(Tag.objects.filter(pk__in=list(tags)).values_list("slug", flat=True))),
            variants=variants,
            standing=standing,
        )
    raise ProductNotFound(f"There is no product {slug}.", slug=slug)


@dataclass(frozen=True, slots=True)
class VariantPrices:
    """What a variant costs, always and for a while."""

    variant: Variant
    prices: tuple[PriceFact, ...]

    @property
    def standing(self) -> list[PriceFact]:
        """One for each currency."""
        return [price for price in self.prices if price.valid_from == SINCE_EVER]

    @property
    def sales(self) -> list[PriceFact]:
        """In the order of currency and start."""
        return [price for price in self.prices if price.valid_from != SINCE_EVER]

    @property
    def current(self) -> dict[str, int]:
        """What counts now, by currency."""
        return amounts_at(self.prices, now())


def variant_prices(*, slug: str, sku: str) -> VariantPrices:
    """Raises ProductNotFound or VariantNotFound."""
    variant = variant_of(slug=slug, sku=sku)
    return VariantPrices(variant=variant, prices=tuple(_prices_of([variant.pk])[variant.pk]))


def _prices_of(variant_ids: Sequence[UUID]) -> dict[UUID, list[PriceFact]]:
    found: dict[UUID, list[PriceFact]] = defaultdict(list)
    rows = Price.objects.filter(variant_id__in=variant_ids, price_list_id=DEFAULT_PRICE_LIST)
    for row in rows.order_by("currency", "valid_from"):
        found[row.variant_id].append(PriceFact(row.currency, row.amount_minor, row.valid_from, row.valid_until))
    return found


SORTS = {"newest": ("-shelved",), "name": ("sort_name", "id")}
"""Sorts of lists, each ending in something unique and read in order from an index."""
_SHELF_SORTS = {"newest": ("-shelved",), "name": ("sort_name", "product_id")}


def _rows(rows: QuerySet[Any], order: tuple[str, ...], card: str) -> QuerySet[Any, dict[str, Any]]:
    return rows.order_by(*order).values(*(name.lstrip("-") for name in order), card)


# Built once: making a query costs as much as asking it. Requests only refine copies.
_published = Product.objects.filter(status=Status.PUBLISHED)
_PRODUCTS = {sort: _rows(_published, order, "card") for sort, order in SORTS.items()}
_SHELVES = {sort: _rows(ShelfRow.objects.all(), order, "product__card") for sort, order in _SHELF_SORTS.items()}
_PAGES = Product.objects.order_by().values_list("page", "page_etag")


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of a list: dictionaries with the values of `order` and the card."""

    rows: QuerySet[Any, dict[str, Any]]
    order: tuple[str, ...]
    card: str


def listing(*, category: str | None, sort: str) -> Listing:
    """All published products, or those of a whole subtree: one range of one index either way.

    An old slug means its category, as a link to a list outlives the name. Raises CategoryNotFound.
    """
    if category is None:
        return Listing(rows=_PRODUCTS[sort], order=SORTS[sort], card="card")
    found = list(Category.objects.filter(slug=category).order_by().values_list("pk", flat=True))
    category_id = found[0] if found else _category_once_at(category).pk
    rows = _SHELVES[sort].filter(category_id=category_id)
    return Listing(rows=rows, order=_SHELF_SORTS[sort], card="product__card")


def category_tree() -> list[dict[str, Any]]:
    """The whole tree, in one read, siblings in their order."""
    below: dict[UUID | None, list[dict[str, Any]]] = defaultdict(list)
    nodes = Category.objects.order_by("position", "name", "id").values_list("pk", "parent_id", "slug", "name")
    for pk, parent, slug, name in nodes:
        # A node's list of children is the very list that they are appended to, in whatever order they come.
        below[parent].append({"slug": slug, "name": name, "children": below[pk]})
    return below[None]
