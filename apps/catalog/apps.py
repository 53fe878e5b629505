"""Catalog as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class CatalogConfig(AppConfig):
    """What is sold: categories, products, prices and stock."""

    name = "apps.catalog"
    label = "catalog"
    verbose_name = "Catalog"
