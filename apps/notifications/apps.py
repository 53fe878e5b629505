"""Notifications as a Django app."""

from __future__ import annotations

from django.apps import AppConfig
from django.conf import settings


class NotificationsConfig(AppConfig):
    """Its label is the name of the context and of its database."""

    name = "apps.notifications"
    label = "notifications"

    def ready(self) -> None:
        """A template of the shop's own that cannot be read stops the start."""
        if settings.TEMPLATES_DIR is not None:
            # Its modules cannot be imported before the apps are there.
            from .services.check_templates import check_templates

            check_templates(settings.TEMPLATES_DIR)
