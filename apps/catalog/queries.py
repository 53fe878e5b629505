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

from .contracts import CategoryNotFound, Offer, ProductNotFound
from .models import Category, Product, ShelfRow, Status, Stock, Variant
from .rules import OfferDocument

_offer = msgspec.json.Decoder(OfferDocument)


def get_offers(*, skus: tuple[str, ...], currency: str) -> tuple[Offer, ...]:
    """Two reads: the rendered offers, and the stock of all locations."""
    documents = dict(Variant.objects.filter(sku__in=skus).exclude(offer="").order_by().values_list("sku", "offer"))
    stock = Stock.objects.filter(sku__in=list(documents)).values("sku").order_by("sku").annotate(left=Sum("available"))
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


@dataclass(frozen=True, slots=True)
class Page:
    """A product's page as it is served."""

    body: bytes
    etag: str


def product_page(*, slug: str) -> Page:
    """One indexed read. Raises ProductNotFound for a draft as for a slug that never was."""
    for page, etag in Product.objects.filter(slug=slug).order_by().values_list("page", "page_etag"):
        if page:
            return Page(body=page.encode(), etag=etag)
    raise ProductNotFound(f"There is no product {slug}.", slug=slug)


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows of a list: what to sort by, and where the card is."""

    rows: QuerySet[Any]
    newest: str
    name: str
    id: str
    card: str


def listing(*, category: str | None) -> Listing:
    """All published products, or those of a whole subtree: one range of one index either way."""
    if category is None:
        published = Product.objects.filter(status=Status.PUBLISHED)
        return Listing(rows=published, newest="shelved", name="sort_name", id="id", card="card")
    found = list(Category.objects.filter(slug=category).order_by().values_list("pk", flat=True))
    if not found:
        raise CategoryNotFound(f"There is no category {category}.", category=category)
    shelf = ShelfRow.objects.filter(category_id=found[0])
    return Listing(rows=shelf, newest="shelved", name="sort_name", id="product_id", card="product__card")


def category_tree() -> list[dict[str, Any]]:
    """The whole tree, in one read, siblings in their order."""
    below: dict[UUID | None, list[dict[str, Any]]] = defaultdict(list)
    nodes = Category.objects.order_by("position", "name", "id").values_list("pk", "parent_id", "slug", "name")
    for pk, parent, slug, name in nodes:
        # A node's list of children is the very list that they are appended to, in whatever order they come.
        below[parent].append({"slug": slug, "name": name, "children": below[pk]})
    return below[None]
