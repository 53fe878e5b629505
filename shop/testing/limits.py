"""Low rate limits for one test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.test import override_settings

from shop.http import counters, throttling
from shop.identity import lockout

ONE_WINDOW = 10**9
"""Seconds: no test sees the end of it."""


@contextmanager
def rate_limits(**quotas: int) -> Iterator[None]:
    """rate_limits(login=3): the fourth is refused, whenever it comes. An underscore stands for a hyphen."""
    own = {name.replace("_", "-"): (quota, ONE_WINDOW) for name, quota in quotas.items()}
    _forget()
    try:
        with override_settings(SHOP_RATE_LIMITS=own):
            yield
    finally:
        _forget()


def _forget() -> None:
    throttling.forget()
    counters.forget()
    lockout.forget()
