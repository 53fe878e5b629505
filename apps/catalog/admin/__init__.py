"""Pages for merchandisers. Every change goes through a service, so that rendered documents stay true."""

from __future__ import annotations

from . import categories, labels, locations, pictures, products, stock, types, variants

__all__ = ["categories", "labels", "locations", "pictures", "products", "stock", "types", "variants"]
