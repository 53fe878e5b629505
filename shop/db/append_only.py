"""Rows that are written once: books are corrected by another entry, never by a changed one."""

from __future__ import annotations

from typing import Any, NoReturn, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class AppendOnly(TypeError):
    """These rows are never changed or removed: a mistake is corrected by another row."""


class AppendOnlyQuerySet(models.QuerySet[M]):
    """Reads and appends."""

    def update(self, **_values: Any) -> NoReturn:
        raise AppendOnly

    def delete(self) -> NoReturn:
        raise AppendOnly

    def bulk_update(self, *_args: Any, **_options: Any) -> NoReturn:
        raise AppendOnly


class AppendOnlyModel(models.Model):
    """Base of such rows. Its manager is to be `AppendOnlyQuerySet.as_manager()`."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *_args: Any, **_options: Any) -> NoReturn:
        raise AppendOnly
