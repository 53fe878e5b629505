"""Orders as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Its label is the name of the context and of its database."""

    name = "apps.orders"
    label = "orders"
