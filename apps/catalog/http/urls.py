"""Catalog's paths below /api/v1."""

from __future__ import annotations

from django.urls import path

from .stock.views import StockDetail, StockList, StockLocationDetail, StockLocations, StockMovements
from .views import Categories, Product, Products

urlpatterns = [
    path("stock-locations", StockLocations.as_view(), name="stock-locations"),
    path("stock-locations/<slug:code>", StockLocationDetail.as_view(), name="stock-location"),
    path("stock", StockList.as_view(), name="stock"),
    path("stock/<str:sku>", StockDetail.as_view(), name="stock-of-sku"),
    path("stock/<str:sku>/movements", StockMovements.as_view(), name="stock-movements"),
    path("categories", Categories.as_view(), name="categories"),
    path("products", Products.as_view(), name="products"),
    path("products/<slug:slug>", Product.as_view(), name="product"),
]
