"""What a list's query asks for: one of some words, or a moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from shop.errors import FieldError, Invalid

CREATED = [
    OpenApiParameter("created_after", OpenApiTypes.DATETIME, description="At this time or later."),
    OpenApiParameter("created_before", OpenApiTypes.DATETIME, description="Before this time."),
]


def word_parameter(name: str, known: type[StrEnum] | Collection[str]) -> OpenApiParameter:
    """For the OpenAPI document."""
    return OpenApiParameter(name, str, enum=[str(word) for word in known], description="Only these.")


def by_word(rows: QuerySet[Any], params: Any, name: str, known: type[StrEnum] | Collection[str]) -> QuerySet[Any]:
    """Only those whose `name` is the word of the query; all without one."""
    asked = params.get(name)
    if asked is None:
        return rows
    words = [str(word) for word in known]
    if asked not in words:
        raise Invalid(errors=(FieldError(f"/{name}", "unknown_word", f"One of {', '.join(words)}."),))
    return rows.filter(**{name: asked})


def by_time(rows: QuerySet[Any], params: Any) -> QuerySet[Any]:
    """Only those created between the two moments of the query."""
    for name, lookup in (("created_after", "gte"), ("created_before", "lt")):
        if params.get(name) is not None:
            rows = rows.filter(**{f"created_at__{lookup}": _moment(name, params[name])})
    return rows


def _moment(name: str, text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        at = datetime.min  # noqa: DTZ901  # refused below, as it has no zone
    if at.tzinfo is None or not 1970 < at.year < 9999:
        detail = "A time such as 2026-01-31T09:00:00Z, with its zone."
        raise Invalid(errors=(FieldError(f"/{name}", "no_time", detail),))
    return at
