"""Products and stock for tests, made by the services. Important values are arguments."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from apps.catalog.models import Category, Stock
from apps.catalog.services.ensure_basics import ensure_basics
from apps.catalog.services.publish_product import publish_product
from apps.catalog.services.receive_stock import receive_stock
from apps.catalog.services.save_category import CategoryDraft, save_category
from apps.catalog.services.save_product import ProductDraft, VariantDraft, save_product
from shop.ids import uuid7
from shop.money import Money
from shop.testing.scene import scene

BASICS = ("catalog_pricelist", "catalog_taxclass", "catalog_stocklocation")


def make_category(slug: str = "mugs", *, parent: UUID | None = None, position: int = 0) -> UUID:
    """The id of the category with this slug, made if it is missing."""
    standing = Category.objects.filter(slug=slug).first()
    if standing is not None:
        return standing.pk
    ensure_basics()
    category_id = uuid7()
    draft = CategoryDraft(slug=slug, name=slug.title(), parent_id=parent, position=position)
    save_category(category_id=category_id, draft=draft)
    return category_id


def draft_of(slug: str, skus: Mapping[str, Money], *, category: UUID | None = None) -> ProductDraft:
    """A product with one variant per SKU, each with its colour: the last word of the SKU."""
    return ProductDraft(
        slug=slug,
        name=slug.replace("-", " ").title(),
        category_id=category or make_category(),
        variants=tuple(
            VariantDraft(sku=sku, prices=(price,), options={"color": sku.rpartition("-")[2].lower()})
            for sku, price in skus.items()
        ),
    )


@scene("catalog", beside=BASICS)
def make_product(
    slug: str = "mug",
    *,
    stock: Mapping[str, int] | None = None,
    price: Money = Money(1200, "EUR"),  # noqa: B008  # frozen
    category: UUID | None = None,
    published: bool = True,
) -> UUID:
    """A product with these SKUs on the shelf, on sale unless said otherwise."""
    stock = {"MUG-BLUE": 5} if stock is None else stock
    product_id = uuid7()
    save_product(product_id=product_id, draft=draft_of(slug, dict.fromkeys(stock, price), category=category))
    if published:
        publish_product(product_id=product_id)
    for sku, quantity in stock.items():
        if quantity:
            receive_stock(sku=sku, quantity=quantity, reason="test")
    return product_id


def numbers(sku: str, location: str = "main") -> tuple[int, int, int]:
    """(available, held, sold)."""
    row = Stock.objects.get(sku=sku, location_id=location)
    return row.available, row.held, row.sold
