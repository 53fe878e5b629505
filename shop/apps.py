"""The kernel's start: load the doors, load what runs here, check that all of it fits together."""

from __future__ import annotations

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Knows no context; `settings` say which there are and which run here."""

    name = "shop"
    label = "shop"
    verbose_name = "System"

    def ready(self) -> None:
        """Wire everything. A door that does not fit stops the start with a sentence."""
        from shop import registry

        registry.load()
        registry.check()
