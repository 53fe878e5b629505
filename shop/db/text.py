"""Looking for the beginning of a text by an index, on every engine."""

from __future__ import annotations

from typing import TypeVar

from django.db import connections
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
_LAST = "\U0010ffff"


def starting_with(rows: QuerySet[M], field: str, text: str) -> QuerySet[M]:
    """The rows whose `field` begins with exactly `text`.

    PostgreSQL sorts as its locale says, and has an index of patterns instead; the others compare code points, and would
    read the whole table for a pattern.
    """
    if connections[rows.db].vendor == "postgresql":
        return rows.filter(**{f"{field}__startswith": text})
    return rows.filter(**{f"{field}__gte": text, f"{field}__lt": text + _LAST}) if text else rows
