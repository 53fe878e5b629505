"""How long the other side of a call asks to be left alone: `Retry-After`, as RFC 9110 has it."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from shop import clock

LONGEST_SECONDS = 600.0
"""Nobody makes us wait longer than this: the row's own back-off would have asked by then."""
ASKED_BY = frozenset({429, 503})


def asked_pause(status: int | None, headers: Mapping[str, Any] | None) -> float:
    """The seconds an answer asks us to wait, at most ten minutes; 0 if it asks for nothing that can be understood."""
    if status not in ASKED_BY:
        return 0.0
    told = {str(name).lower(): str(value).strip() for name, value in (headers or {}).items()}
    return min(max(_seconds(told.get("retry-after", "")), 0.0), LONGEST_SECONDS)


def _seconds(text: str) -> float:
    if text.isascii() and text.isdecimal():
        return float(text[:6])
    try:
        return (parsedate_to_datetime(text) - clock.now()).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return 0.0
