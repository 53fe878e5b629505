"""What payments needs of whoever moves the money; Stripe is the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from apps.payments.contracts import PaymentStatus, RefundStatus
from shop.errors import Unavailable
from shop.money import Money


class Refused(Exception):
    """The provider said no, and would say no again."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason


class KeySpent(Unavailable):
    """This idempotency key will never answer well again (a saved failure): look before using another."""


class BadSignature(Exception):
    """The webhook is not the provider's, too old, or was altered."""


@dataclass(frozen=True, slots=True)
class IntentState:
    """What is true of an intent at the provider at this moment."""

    reference: str
    status: PaymentStatus
    received: Money
    authorized: Money
    """Set aside, and still to be captured."""
    client_secret: str
    order_id: UUID | None
    failure_id: str
    """The provider's id of the last declined attempt, empty without one."""
    failure_reason: str
    lapsed: bool = False
    """It was canceled by the provider itself: nobody captured in time."""


@dataclass(frozen=True, slots=True)
class NewIntent:
    """What an intent is made of. Its idempotency key is bound to it, so it is all kept on the payment's row."""

    order_id: UUID
    order_number: str
    amount: Money
    manual_capture: bool = False
    """Only set aside what is paid: it is captured later."""


@dataclass(frozen=True, slots=True)
class RefundState:
    """What is true of a refund at the provider at this moment."""

    reference: str
    status: RefundStatus
    refund_id: UUID | None
    failure_reason: str
    amount: Money
    intent: str
    released: bool = False
    """No money moved: it is what a capture left, or a void, as the provider shows it."""


@dataclass(frozen=True, slots=True)
class EventNotice:
    """A webhook, checked. It is a reason to ask, never a source of truth."""

    id: str
    type: str
    kind: str
    """`intent`, `refund`, or the name of another object."""
    reference: str
    intent_reference: str
    occurred_at: datetime
    payload: str


class Provider(Protocol):
    """Moves money. Every method may raise Unavailable (unknown outcome) or Refused (a clear no)."""

    name: str
    publishable_key: str

    def minimum(self, currency: str) -> Money:
        """The smallest amount it takes; PaymentRefused for a currency that it does not take."""

    def open_intent(self, wanted: NewIntent, *, key: str) -> IntentState:
        """Make an intent once per key. A repeat gives the state of then, not of now. May raise KeySpent."""

    def find_intent(self, *, order_id: UUID, since: datetime) -> IntentState | None:
        """The intent of this order among those made since then, when the key that made it is no help."""

    def retrieve_intent(self, reference: str) -> IntentState:
        """What is true now."""

    def cancel_intent(self, reference: str) -> IntentState:
        """Cancel if that can still be done, and answer what is true now. May be repeated."""

    def capture_intent(self, reference: str, *, amount: Money, key: str) -> IntentState:
        """Take so much of what was set aside, once, and let go of the rest. May raise KeySpent."""

    def refund(self, *, intent: str, refund_id: UUID, order_id: UUID, amount: Money, key: str) -> RefundState:
        """Send money back once per key. May raise KeySpent."""

    def find_refund(self, *, intent: str, refund_id: UUID) -> RefundState | None:
        """This refund among those of the intent."""

    def retrieve_refund(self, reference: str) -> RefundState:
        """What is true now."""

    def intents_between(self, since: datetime, until: datetime) -> Iterator[IntentState]:
        """All intents made in that time, whoever made them, page by page."""

    def refunds_between(self, since: datetime, until: datetime) -> Iterator[RefundState]:
        """All refunds made in that time, whoever made them, page by page."""

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> EventNotice:
        """Check the signature over the raw body and unpack it; BadSignature otherwise."""
