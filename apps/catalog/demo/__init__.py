"""Catalog's part of the demo shop, and big catalogues for trials. Deterministic; safe to repeat."""

from __future__ import annotations

from collections.abc import Callable

from apps.catalog.services.ensure_basics import ensure_basics
from apps.catalog.services.import_products import import_products

from .goods import demo_products
from .kinds import make_kinds
from .labels import make_labels
from .many import many_products
from .pictures import add_picture
from .places import make_places
from .tree import make_tree

REASON = "opening stock of the demo shop"


def seed() -> dict[str, str]:
    """The demo shop's categories, products, pictures and stock: makes what is missing, changes nothing."""
    ensure_basics()
    leaves, labels = make_tree(), make_kinds()
    made = import_products((add_picture(product) for product in demo_products(leaves, labels)), reason=REASON)
    make_places(REASON)
    return {"catalog": f"{made} new products; try the mug, SKU MUG-BLUE"}


def grow(count: int, progress: Callable[[int], None]) -> int:
    """So many more products, without pictures, spread over the tree."""
    ensure_basics()
    return import_products(many_products(count, make_tree(), make_labels()), reason="bulk seed", progress=progress)
