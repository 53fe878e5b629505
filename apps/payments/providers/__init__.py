"""Which provider has the say: the payment's method names it. Stripe is made once per process, never before a fork."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from apps.payments.contracts import PaymentMethod

from .protocol import (
    BadSignature,
    DisputeState,
    EventNotice,
    IntentState,
    KeySpent,
    NewIntent,
    OnlineProvider,
    Provider,
    RefundState,
    Refused,
    SavedMethod,
    SetupState,
)

__all__ = [
    "BadSignature",
    "DisputeState",
    "EventNotice",
    "IntentState",
    "KeySpent",
    "NewIntent",
    "OnlineProvider",
    "Provider",
    "RefundState",
    "Refused",
    "SavedMethod",
    "SetupState",
    "provider",
    "provider_for",
    "using_provider",
]

_lock = Lock()
_chosen: OnlineProvider | None = None


def provider_for(method: str) -> Provider:
    """The provider of a payment or a refund with this `method`."""
    if method != PaymentMethod.BANK_TRANSFER:
        return provider()
    from .bank import BankTransferProvider  # late: it reads our rows, and Django may not be set up yet

    return BankTransferProvider()


def provider() -> OnlineProvider:
    """Stripe: what has webhooks and books of its own."""
    global _chosen
    if _chosen is None:
        with _lock:
            if _chosen is None:
                from .stripe import StripeProvider

                _chosen = StripeProvider.of_settings()
    return _chosen


@contextmanager
def using_provider(other: OnlineProvider) -> Iterator[OnlineProvider]:
    """Another one in Stripe's place while this is open; for tests."""
    global _chosen
    before, _chosen = _chosen, other
    try:
        yield other
    finally:
        _chosen = before
