"""Fences between using and removing: no engine of ours keeps foreign keys alike, so both sides write one row."""

from __future__ import annotations

from typing import Any

from apps.catalog.models import Brand, Category, ProductType, Tag
from shop.errors import FieldError, Invalid
from shop.ids import uuid7

Shared = type[Category | Brand | Tag | ProductType]


def stand_on(model: Shared, key: Any, pointer: str) -> None:
    """From now on something refers to this row. Raises Invalid at `pointer` if it is not there (any more)."""
    if not model.objects.filter(pk=key).update(touched=uuid7()):
        detail = f"There is no such {model._meta.verbose_name}."  # noqa: SLF001  # Django's public _meta
        raise Invalid(detail, errors=(FieldError(pointer, "unknown", detail),))


def remove_if_untouched(row: Category | Brand | Tag | ProductType) -> bool:
    """Remove a row that nothing refers to. False if somebody came to refer to it since it was read."""
    removed, _ = type(row).objects.filter(pk=row.pk, touched=row.touched).delete()
    return bool(removed)
