"""Catalog's paths below /api/v1."""

from __future__ import annotations

from django.urls import path

from .views import Categories, Product, Products

urlpatterns = [
    path("categories", Categories.as_view(), name="categories"),
    path("products", Products.as_view(), name="products"),
    path("products/<slug:slug>", Product.as_view(), name="product"),
]
