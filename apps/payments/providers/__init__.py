"""Which provider is used: one per process, made at first use (never before a fork)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from .protocol import BadSignature, EventNotice, IntentState, KeySpent, NewIntent, Provider, RefundState, Refused

__all__ = [
    "BadSignature",
    "EventNotice",
    "IntentState",
    "KeySpent",
    "NewIntent",
    "Provider",
    "RefundState",
    "Refused",
    "provider",
    "using_provider",
]

_lock = Lock()
_chosen: Provider | None = None


def provider() -> Provider:
    """The provider of this process."""
    global _chosen
    if _chosen is None:
        with _lock:
            if _chosen is None:
                from .stripe import StripeProvider

                _chosen = StripeProvider.of_settings()
    return _chosen


@contextmanager
def using_provider(other: Provider) -> Iterator[Provider]:
    """Another provider while this is open; for tests."""
    global _chosen
    before, _chosen = _chosen, other
    try:
        yield other
    finally:
        _chosen = before
