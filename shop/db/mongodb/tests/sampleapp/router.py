"""Sends the sample app to its own database."""

from __future__ import annotations

from typing import Any


class SampleRouter:
    """``sampleapp`` lives in the alias ``engine``; nothing else is its business."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        """The alias of the sample app."""
        return "engine" if model._meta.app_label == "sampleapp" else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        """The sample app only there, nothing else there."""
        if app_label == "sampleapp" or db == "engine":
            return app_label == "sampleapp" and db == "engine"
        return None
