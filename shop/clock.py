"""The one clock: aware, UTC, whole milliseconds (what every engine can store). Tests may hold or move it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

SKEW = timedelta(minutes=2)
"""So far may the clocks of two machines of the shop be apart."""

_frozen_at: datetime | None = None
_shift = timedelta(0)


def now() -> datetime:
    """The present moment; two calls may answer the same."""
    at = _frozen_at if _frozen_at is not None else datetime.now(UTC) + _shift
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def seconds() -> float:
    """The present moment in seconds since 1970, for what counts and does not store; a third of the price of now()."""
    return now().timestamp() if is_moved() else time.time()


def is_moved() -> bool:
    """Whether a test holds or moves it at this moment."""
    return _frozen_at is not None or bool(_shift)


@contextmanager
def frozen(at: datetime) -> Iterator[None]:
    """For tests: it is `at`, in every thread of this process."""
    global _frozen_at
    before, _frozen_at = _frozen_at, at
    try:
        yield
    finally:
        _frozen_at = before


@contextmanager
def shifted(by: timedelta) -> Iterator[None]:
    """For tests: it is `by` later (or earlier) than it is, in every thread of this process."""
    global _frozen_at, _shift
    before = _frozen_at, _shift
    if _frozen_at is not None:
        _frozen_at += by
    _shift += by
    try:
        yield
    finally:
        _frozen_at, _shift = before
