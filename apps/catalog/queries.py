"""Reads: offers for other contexts, and the rendered documents that browsing serves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import QuerySet, Sum

from shop.clock import now
from shop.money import Money

from .contracts import CategoryNotFound, Offer, ProductNotFound, SoldIn
from .models import Category, Product, ShelfRow, Status, Stock, Variant
from .rules import OfferDocument

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


def get_currencies(*, skus: tuple[str, ...]) -> tuple[SoldIn, ...]:
    """One read: the rendered offers hold the prices of all currencies."""
    at = now()
    found = []
    for sku, raw in Variant.objects.filter(sku__in=skus).exclude(offer="").order_by("sku").values_list("sku", "offer"):
        document = _offer.decode(raw)
        known = sorted({price.currency for price in document.prices})
        found.append(SoldIn(sku, tuple(one for one in known if document.amount(one, at) is not None)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Page:
    """A product's page as it is served."""

    body: bytes
    etag: str


def product_page(*, slug: str) -> Page:
    """One indexed read. Raises ProductNotFound for a draft as for a slug that never was."""
    for page, etag in _PAGES.filter(slug=slug):
        if page:
            return Page(body=page.encode(), etag=etag)
    raise ProductNotFound(f"There is no product {slug}.", slug=slug)


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
    """All published products, or those of a whole subtree: one range of one index either way."""
    if category is None:
        return Listing(rows=_PRODUCTS[sort], order=SORTS[sort], card="card")
    found = list(Category.objects.filter(slug=category).order_by().values_list("pk", flat=True))
    if not found:
        raise CategoryNotFound(f"There is no category {category}.", category=category)
    rows = _SHELVES[sort].filter(category_id=found[0])
    return Listing(rows=rows, order=_SHELF_SORTS[sort], card="product__card")


def category_tree() -> list[dict[str, Any]]:
    """The whole tree, in one read, siblings in their order."""
    below: dict[UUID | None, list[dict[str, Any]]] = defaultdict(list)
    nodes = Category.objects.order_by("position", "name", "id").values_list("pk", "parent_id", "slug", "name")
    for pk, parent, slug, name in nodes:
        # A node's list of children is the very list that they are appended to, in whatever order they come.
        below[parent].append({"slug": slug, "name": name, "children": below[pk]})
    return below[None]
