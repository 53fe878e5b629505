"""A dispute of Stripe's in our words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import stripe

from apps.payments.contracts import DisputeStatus
from shop.money import Money

from .protocol import DisputeState

ENDED = {
    "won": DisputeStatus.WON,
    "lost": DisputeStatus.LOST,
    "warning_closed": DisputeStatus.WON,  # an inquiry that came to nothing
    "prevented": DisputeStatus.WON,
}
"""Every other status is still open, those that Stripe may invent too."""


def dispute_state(dispute: stripe.Dispute, money: Callable[[int, str], Money]) -> DisputeState:
    """What it is now. Whether the money is gone its bookings say, also those in another currency."""
    bookings: list[Any] = list(dispute.balance_transactions or [])
    taken = sum(booking.amount for booking in bookings) < 0
    amount = money(dispute.amount, dispute.currency)
    due = getattr(dispute.evidence_details, "due_by", None)
    return DisputeState(
        reference=dispute.id,
        intent=str(getattr(dispute.payment_intent, "id", dispute.payment_intent) or ""),
        amount=amount,
        status=ENDED.get(dispute.status, DisputeStatus.OPEN),
        provider_status=dispute.status,
        reason=dispute.reason or "",
        withdrawn=amount if taken else Money.zero(amount.currency),
        fee=_fee(bookings, money, amount.currency),
        evidence_due=datetime.fromtimestamp(due, UTC) if due else None,
        opened_at=datetime.fromtimestamp(dispute.created, UTC),
    )


def _fee(bookings: list[Any], money: Callable[[int, str], Money], default: str) -> Money:
    currency = bookings[0].currency if bookings else default.lower()
    return money(sum(booking.fee for booking in bookings), currency)
