"""Examples of the OpenAPI document: `asks` of a request, `answers` of an answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiExample


def asks(value: Any) -> OpenApiExample:
    """A body that is sent."""
    return OpenApiExample("request", value=value, request_only=True)


def answers(value: Any, status: int = 200) -> OpenApiExample:
    """A body that comes back with `status`."""
    return OpenApiExample("answer", value=value, response_only=True, status_codes=[str(status)])
