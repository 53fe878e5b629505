"""Notifications as a Django app."""

from __future__ import annotations

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Its label is the name of the context and of its database."""

    name = "apps.notifications"
    label = "notifications"
