"""What payments decides without asking anybody: moves, smallest amounts, waiting times."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from shop.money import Money

from .contracts import PaymentRefused, PaymentStatus, RefundStatus

MOVES: Mapping[PaymentStatus, frozenset[PaymentStatus]] = {
    PaymentStatus.NEW: frozenset(
        {PaymentStatus.OPEN, PaymentStatus.PROCESSING, PaymentStatus.SUCCEEDED, PaymentStatus.CANCELED}
    ),
    PaymentStatus.OPEN: frozenset({PaymentStatus.PROCESSING, PaymentStatus.SUCCEEDED, PaymentStatus.CANCELED}),
    # A bank debit may fail after days, and the buyer may then try again.
    PaymentStatus.PROCESSING: frozenset({PaymentStatus.OPEN, PaymentStatus.SUCCEEDED, PaymentStatus.CANCELED}),
    # Money first: when the provider has it, we have it, whatever we had decided before.
    PaymentStatus.CANCELED: frozenset({PaymentStatus.SUCCEEDED}),
    PaymentStatus.SUCCEEDED: frozenset(),
}
"""The way of the money of one order: everything else is old news and is ignored."""

REFUND_MOVES: Mapping[RefundStatus, frozenset[RefundStatus]] = {
    RefundStatus.PENDING: frozenset({RefundStatus.SUCCEEDED, RefundStatus.FAILED}),
    # A bank may send a refund back days after the provider called it done.
    RefundStatus.SUCCEEDED: frozenset({RefundStatus.FAILED}),
    RefundStatus.FAILED: frozenset(),
}

LAST_ATTEMPT = 12
"""An event whose handling fails this often for a reason that is not a silent provider is dead."""


def waiting_time(attempts: int, *, base: float, longest: float = 300.0) -> timedelta:
    """How long to wait after this many attempts: doubled each time, with an upper end."""
    return timedelta(seconds=min(base * 2.0 ** min(attempts, 20), longest))


def check_amount(amount: Money, minimum: Money) -> None:
    """Refuse what the provider will never take; zero needs no provider."""
    if amount.amount < 0:
        raise PaymentRefused("An amount below zero cannot be paid.", reason="negative_amount")
    if 0 < amount.amount < minimum.amount:
        raise PaymentRefused(f"The smallest payment is {minimum.format()}.", reason="amount_too_small")
