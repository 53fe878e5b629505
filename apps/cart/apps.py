"""Cart as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class CartConfig(AppConfig):
    """Its label is the name of the context and of its database."""

    name = "apps.cart"
    label = "cart"
