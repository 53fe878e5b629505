"""Catalog's tables: the tree, the products, their prices, and the stock with its ledger."""

from __future__ import annotations

from .category import Category
from .price import DEFAULT_PRICE_LIST, SINCE_EVER, Price, PriceList, TaxClass
from .product import Picture, Product, ShelfRow, Status, Variant, shelf_mark
from .stock import MAIN_LOCATION, Hold, MovementKind, Stock, StockLocation, StockMovement

__all__ = [
    "DEFAULT_PRICE_LIST",
    "MAIN_LOCATION",
    "SINCE_EVER",
    "Category",
    "Hold",
    "MovementKind",
    "Picture",
    "Price",
    "PriceList",
    "Product",
    "ShelfRow",
    "Status",
    "Stock",
    "StockLocation",
    "StockMovement",
    "TaxClass",
    "Variant",
    "shelf_mark",
]
