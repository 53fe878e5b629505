"""Which messages there are, which ids they have, and how long a failed one waits."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from shop.ids import derived_id

LAST_ATTEMPT = 8
"""A message that failed so often is dead, and seen in the admin."""


class Kind(StrEnum):
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"


class Status(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


def message_id(about: UUID, kind: Kind, channel: Channel) -> UUID:
    """One message of each kind per order and channel: whoever writes it twice finds the first."""
    return derived_id(about, f"{kind}/{channel}")


def waiting_time(attempts: int, *, base: float) -> timedelta:
    """Doubled after each attempt, at most an hour: with a base of 1 s the eighth fails after about 20 minutes."""
    return timedelta(seconds=min(base * 10 * 2.0 ** min(attempts - 1, 16), 3600.0))
