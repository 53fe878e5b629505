"""Which messages there are, which ids they have, who may refuse them, and how long a failed one waits. Pure."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shop.ids import derived_id

LAST_ATTEMPT = 8
"""A message that failed so often is dead, and seen in the admin."""

LINK = "[link]"
"""Stands in the stored texts where the mail has its link, which holds a token."""
UNSUBSCRIBE = "[unsubscribe]"
"""Stands in the stored texts where the mail has the link that ends mails of its topic."""
PREFERENCES = "[preferences]"
"""Stands in the stored texts where the mail has the link to all that its reader may choose."""

_NAMESPACE = UUID("2f1c7a52-6f0e-5d0b-9a43-7be1c0e5d9a1")


class Kind(StrEnum):
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_REFUNDED = "order_refunded"
    PAYMENT_FAILED = "payment_failed"
    BANK_TRANSFER_AWAITED = "bank_transfer_awaited"
    PARCEL_SHIPPED = "parcel_shipped"
    PARCEL_LABELLED = "parcel_labelled"
    PARCEL_DELIVERED = "parcel_delivered"
    RETURN_AUTHORISED = "return_authorised"
    RETURN_REJECTED = "return_rejected"
    RETURN_RECEIVED = "return_received"
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


class Topic(StrEnum):
    """What a reader may choose about, all kinds of a topic at once."""

    ACCOUNT = "account"
    ORDERS = "orders"
    RETURNS = "returns"
    PAYMENT_REMINDERS = "payment_reminders"
    SHIPPING = "shipping"
    STOCK_NEWS = "stock_news"


class Status(StrEnum):
    """Where a message is. `sent` says that the carrier has taken it, no more."""

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    SUPPRESSED = "suppressed"
    DEAD = "dead"


class Outcome(StrEnum):
    """How one attempt ended."""

    OPEN = "open"
    ACCEPTED = "accepted"
    FAILED = "failed"
    REFUSED = "refused"


class SuppressionReason(StrEnum):
    BOUNCE = "bounce"
    COMPLAINT = "complaint"
    OPTED_OUT = "opted_out"


TOPICS: dict[Kind, Topic] = {
    Kind.ORDER_CONFIRMED: Topic.ORDERS,
    Kind.ORDER_CANCELLED: Topic.ORDERS,
    Kind.ORDER_REFUNDED: Topic.ORDERS,
    Kind.PAYMENT_FAILED: Topic.PAYMENT_REMINDERS,
    Kind.BANK_TRANSFER_AWAITED: Topic.ORDERS,
    Kind.PARCEL_SHIPPED: Topic.SHIPPING,
    Kind.PARCEL_LABELLED: Topic.SHIPPING,
    Kind.PARCEL_DELIVERED: Topic.SHIPPING,
    Kind.RETURN_AUTHORISED: Topic.RETURNS,
    Kind.RETURN_REJECTED: Topic.RETURNS,
    Kind.RETURN_RECEIVED: Topic.RETURNS,
    Kind.STOCK_LOW: Topic.STOCK_NEWS,
    Kind.STOCK_RECOVERED: Topic.STOCK_NEWS,
}
"""Every other kind is about the account."""

CHANNELS: dict[Topic, tuple[Channel, ...]] = {
    Topic.ACCOUNT: (Channel.MAIL,),
    Topic.ORDERS: (Channel.MAIL, Channel.SMS),
    Topic.RETURNS: (Channel.MAIL, Channel.SMS),
    Topic.PAYMENT_REMINDERS: (Channel.MAIL, Channel.SMS),
    Topic.SHIPPING: (Channel.MAIL, Channel.SMS),
    Topic.STOCK_NEWS: (Channel.MAIL,),
}
"""Which channels a topic uses."""

_MUST_BE_TOLD = frozenset({Topic.ACCOUNT, Topic.ORDERS, Topic.RETURNS})

DELIVERY: dict[str, int] = {
    "accepted": 1,
    "scheduled": 1,
    "queued": 2,
    "sending": 3,
    "sent": 4,
    "delivered": 9,
    "read": 9,
    "undelivered": 9,
    "failed": 9,
    "canceled": 9,
    "bounced": 10,
    "complained": 10,
}
"""How far each word of a carrier is on the way. News that is no farther changes nothing, so nothing goes backwards;
a mail that was delivered can still come back, a text message cannot."""

_ABOUT_THE_NUMBER = {
    "21211": SuppressionReason.BOUNCE,  # no phone number
    "21610": SuppressionReason.OPTED_OUT,  # answered STOP
    "21614": SuppressionReason.BOUNCE,  # not a mobile one
    "30005": SuppressionReason.BOUNCE,  # not known, or no longer
    "30006": SuppressionReason.BOUNCE,  # a landline, or a carrier that takes none
}


def topic_of(kind: str) -> Topic:
    """What it is about."""
    return TOPICS.get(Kind(kind), Topic.ACCOUNT)


def is_mandatory(topic: Topic, channel: Channel) -> bool:
    """Whether it must be told: what becomes of somebody's money, goods and account, by mail. SMS is always a choice."""
    return channel is Channel.MAIL and topic in _MUST_BE_TOLD


def status_told(word: str) -> Status | None:
    """What a carrier's word says of the message; None while it is still on its way."""
    if DELIVERY.get(word, 0) < 9:
        return None
    return Status.DELIVERED if word in {"delivered", "read"} else Status.UNDELIVERED


def message_id(about: UUID, kind: Kind, channel: Channel, recipient: str) -> UUID:
    """One message of each kind, channel and recipient per order, parcel, refund, return or declined attempt."""
    return derived_id(about, f"{kind}/{channel}/{recipient}")


def account_message_id(about: UUID, kind: Kind, recipient: str, at: datetime) -> UUID:
    """One message of each kind per account, moment and recipient."""
    return derived_id(about, f"{kind}/{at.isoformat()}/{recipient}/{Channel.MAIL}")


def suppresses(error: str) -> SuppressionReason | None:
    """Whether Twilio's code is about the number itself, whatever is sent to it."""
    return _ABOUT_THE_NUMBER.get(error)


def attempt_id(message: UUID, number: int) -> UUID:
    """The same attempt for whoever makes it."""
    return derived_id(message, f"attempt/{number}")


def news_id(attempt: UUID, word: str, error: str) -> UUID:
    """The same news for however often it is told."""
    return derived_id(attempt, f"{word}/{error}")


def in_fours(iban: str) -> str:
    """As an IBAN is written on paper."""
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def normal(address: str) -> str:
    """As addresses are compared."""
    return address.strip().casefold()


def guest_id(email: str) -> UUID:
    """Who has no account is known by the address alone."""
    return derived_id(_NAMESPACE, f"guest/{normal(email)}")


def suppression_id(channel: str, address: str) -> UUID:
    """One row per channel and address."""
    return derived_id(_NAMESPACE, f"{channel}/{normal(address)}")


def waiting_time(attempts: int, *, base: float) -> timedelta:
    """Doubled after each attempt, at most an hour, and a fifth more or less, so that not all come again at once.

    With a base of 1 s the eighth fails after about 20 minutes.
    """
    jitter = random.uniform(0.8, 1.2)
    return timedelta(seconds=min(base * 10 * 2.0 ** min(max(attempts - 1, 0), 16), 3600.0) * jitter)
