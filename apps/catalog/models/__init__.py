"""Catalog's tables: the tree, the products, their prices, and the stock with its ledger."""

from __future__ import annotations

from .category import Category, Tree
from .departed import Departed
from .label import Brand, Tag
from .picture import Picture, PictureState, StrayFile
from .price import DEFAULT_PRICE_LIST, SINCE_EVER, Price, PriceList, TaxClass
from .product import Product, ProductTag, ShelfRow, Status, Variant, shelf_mark
from .product_type import Attribute, Option, ProductType
from .redirect import Redirect
from .ripple import Ripple
from .stock import MAIN_LOCATION, Hold, MovementKind, Stock, StockLevel, StockLocation, StockMovement, StockWatch

__all__ = [
    "DEFAULT_PRICE_LIST",
    "MAIN_LOCATION",
    "SINCE_EVER",
    "Attribute",
    "Brand",
    "Category",
    "Departed",
    "Hold",
    "MovementKind",
    "Option",
    "Picture",
    "PictureState",
    "Price",
    "PriceList",
    "Product",
    "ProductTag",
    "ProductType",
    "Redirect",
    "Ripple",
    "ShelfRow",
    "Status",
    "Stock",
    "StockLevel",
    "StockLocation",
    "StockMovement",
    "StockWatch",
    "StrayFile",
    "Tag",
    "TaxClass",
    "Tree",
    "Variant",
    "shelf_mark",
]
