"""Pages for merchandisers. Every change goes through a service, so that rendered documents stay true."""

from __future__ import annotations

from . import categories, products, stock

__all__ = ["categories", "products", "stock"]
