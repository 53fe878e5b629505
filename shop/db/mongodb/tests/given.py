"""Rows that the tests start from."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from .sampleapp.models import Category, Product, Review, Stock, Tag

NOON = dt.datetime(2026, 1, 2, 12, tzinfo=dt.UTC)


def category(name: str = "Mugs", **values: Any) -> Any:
    """A category whose slug is its name."""
    return Category.objects.create(name=name, slug=name.lower(), **values)


def product(sku: str = "MUG", **values: Any) -> Any:
    """A product of some category."""
    values.setdefault("category", None)
    if values["category"] is None:
        values["category"] = Category.objects.filter(slug="mugs").first() or category()
    defaults: dict[str, Any] = {"name": sku.title(), "price": Decimal("10.50"), "created_at": NOON}
    return Product.objects.create(sku=sku, **(defaults | values))


def stock(available: int = 5, **values: Any) -> Any:
    """Stock of some product."""
    return Stock.objects.create(product=values.pop("product", None) or product(), available=available, **values)


def shop() -> tuple[list[Category], list[Tag], list[Product]]:
    """Three categories and a child, four tags, ten products P0..P9 at 10.50 to 19.50, each with one review."""
    categories = [category(f"Cat{index}") for index in range(3)]
    categories.append(category("Kid", parent=categories[0]))
    tags = Tag.objects.bulk_create(Tag(name=f"t{index}") for index in range(4))
    products = [
        product(
            f"P{index}",
            name=f"Prod {index:02d}",
            category=categories[index % 3],
            price=Decimal("10.50") + index,
            created_at=NOON + dt.timedelta(minutes=index),
            attrs={"color": ["red", "blue"][index % 2], "size": index, "dims": {"w": index}, "list": ["a", "b"]},
        )
        for index in range(10)
    ]
    for index, made in enumerate(products):
        made.tags.add(tags[index % 4], tags[(index + 1) % 4])
        Review.objects.create(product=made, stars=index % 5 + 1)
    return categories, tags, products
