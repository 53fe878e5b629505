"""Which messages there are, which ids they have, and how long a failed one waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shop.ids import derived_id

LAST_ATTEMPT = 8
"""A message that failed so often is dead, and seen in the admin."""

LINK = "[link]"
"""Stands in the stored texts where the mail has its link, which holds a token."""


class Kind(StrEnum):
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"
    PAYMENT_FAILED = "payment_failed"
    RETURN_AUTHORISED = "return_authorised"
    RETURN_REJECTED = "return_rejected"
    RETURN_RECEIVED = "return_received"
    PARCEL_SHIPPED = "parcel_shipped"
    PARCEL_DELIVERED = "parcel_delivered"
    ADDRESS_VERIFICATION = "address_verification"
    ADDRESS_KNOWN = "address_known"
    PASSWORD_RESET = "password_reset"  # noqa: S105 - a kind of message
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of message
    EMAIL_CHANGE_ASKED = "email_change_asked"
    EMAIL_CHANGE_CONFIRMATION = "email_change_confirmation"
    EMAIL_CHANGED = "email_changed"
    SESSION_REUSED = "session_reused"
    STAFF_INVITED = "staff_invited"
    DELETION_ASKED = "deletion_asked"
    STOCK_LOW = "stock_low"
    STOCK_RECOVERED = "stock_recovered"


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"


class Status(StrEnum):
    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"


def message_id(about: UUID, kind: Kind, channel: Channel) -> UUID:
    """One message of each kind and channel per order or parcel: whoever writes it twice finds the first."""
    return derived_id(about, f"{kind}/{channel}")


def account_message_id(about: UUID, kind: Kind, recipient: str, at: datetime) -> UUID:
    """One message of each kind per account, moment and recipient."""
    return derived_id(about, f"{kind}/{at.isoformat()}/{recipient}/{Channel.MAIL}")


def waiting_time(attempts: int, *, base: float) -> timedelta:
    """Doubled after each attempt, at most an hour: with a base of 1 s the eighth fails after about 20 minutes."""
    return timedelta(seconds=min(base * 10 * 2.0 ** min(attempts - 1, 16), 3600.0))
