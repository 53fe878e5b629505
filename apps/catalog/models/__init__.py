"""Catalog's tables: the tree, the products, their prices, and the stock with its ledger."""

from __future__ import annotations

from .category import Category
from .picture import Picture, PictureState, StrayFile
from .price import DEFAULT_PRICE_LIST, SINCE_EVER, Price, PriceList, TaxClass
from .product import Product, ShelfRow, Status, Variant, shelf_mark
from .stock import MAIN_LOCATION, Hold, MovementKind, Stock, StockLevel, StockLocation, StockMovement, StockWatch

__all__ = [
    "DEFAULT_PRICE_LIST",
    "MAIN_LOCATION",
    "SINCE_EVER",
    "Category",
    "Hold",
    "MovementKind",
    "Picture",
    "PictureState",
    "Price",
    "PriceList",
    "Product",
    "ShelfRow",
    "Status",
    "Stock",
    "StockLevel",
    "StockLocation",
    "StockMovement",
    "StockWatch",
    "StrayFile",
    "TaxClass",
    "Variant",
    "shelf_mark",
]
