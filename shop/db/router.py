"""Which database a table lives in: its context's, and nowhere else."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model

FRAMEWORK = frozenset({"auth", "admin", "contenttypes", "sessions"})
"""Django's own apps; their tables live with accounts."""
FRAMEWORK_HOME = "accounts"
KERNEL = "shop"


def home_of(app_label: str) -> str:
    """The alias of an app's tables."""
    return FRAMEWORK_HOME if app_label in FRAMEWORK else app_label


class ContextRouter:
    """App label = context = alias. Kernel tables exist in every database, so each use must say which."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str:
        """The database of a model; for a kernel row the one it came from."""
        label = model._meta.app_label  # noqa: SLF001 - Django's documented way
        if label != KERNEL:
            return home_of(label)
        known: str | None = getattr(getattr(hints.get("instance"), "_state", None), "db", None)
        if known is None:
            raise LookupError(f"{model.__name__} exists in every database: say .using(alias(context))")
        return known

    db_for_write = db_for_read

    def allow_relation(self, first: Model, second: Model, **_hints: Any) -> bool:
        """Only inside one context."""
        return home_of(first._meta.app_label) == home_of(second._meta.app_label)  # noqa: SLF001

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """Each alias gets its own context's tables and the kernel's."""
        if db not in settings.SHOP_CONTEXTS:
            return False
        return app_label == KERNEL or home_of(app_label) == db
