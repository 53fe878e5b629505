"""What payments needs of whoever moves the money: Stripe, and our own bank account.

`Payment.method` names the provider of each payment (`provider_for`). A third one implements `Provider`, or
`OnlineProvider` if it sends webhooks and has books of its own to compare with, and is entered in
`providers/__init__.py`.

- **Errors**: `Refused` is a clear no, and repeating it would be a no again; `Unavailable` is an unknown outcome, and
  the caller asks again. Nothing else is raised. No method is called while a transaction is open.
- **Idempotency**: what changes something takes a `key` made of our own row, and does it once per key; where a method
  has no key it may be repeated and answers what is true. `KeySpent` says that this key will never answer well.
- **Truth**: what a method answers is what is true there; the caller writes it, only forward, and only if nobody
  wrote since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from apps.payments.contracts import BankInstructions, DisputeStatus, PaymentStatus, RefundStatus
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
    """Still set aside: what captures have left."""
    client_secret: str
    order_id: UUID | None
    failure_id: str
    """The provider's id of the last declined attempt, empty without one."""
    failure_reason: str
    lapsed: bool = False
    """It was canceled by the provider itself: nobody captured in time."""
    refusal: str = ""
    """Why the provider did not cancel or release it, whatever is true of it instead."""


@dataclass(frozen=True, slots=True)
class NewIntent:
    """What an intent is made of. Its idempotency key is bound to it, so it is all kept on the payment's row."""

    order_id: UUID
    order_number: str
    amount: Money
    manual_capture: bool = False
    """Only set aside what is paid: it is captured later."""
    customer: str = ""
    """The provider's id of the buyer, whose saved methods may pay it."""
    save_method: bool = False
    """Keep what it is paid with for that buyer."""


@dataclass(frozen=True, slots=True)
class SavedMethod:
    """What a buyer has saved, as far as it may be shown. `id` pays an intent of the same buyer."""

    id: str
    brand: str
    last4: str
    exp_month: int
    exp_year: int


@dataclass(frozen=True, slots=True)
class SetupState:
    """How a payment method comes to be saved without being charged."""

    reference: str
    client_secret: str
    """Shown, never stored."""
    status: str


@dataclass(frozen=True, slots=True)
class RefundState:
    """What is true of a refund at the provider at this moment."""

    reference: str
    status: RefundStatus
    refund_id: UUID | None
    failure_reason: str
    amount: Money
    intent: str


@dataclass(frozen=True, slots=True)
class DisputeState:
    """What is true of a dispute at the provider at this moment."""

    reference: str
    intent: str
    amount: Money
    status: DisputeStatus
    provider_status: str
    reason: str
    withdrawn: Money
    """Taken from us and not given back; nothing of an inquiry."""
    fee: Money
    """What the provider keeps for it, in the currency of our account."""
    evidence_due: datetime | None
    opened_at: datetime


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
    """Moves the money of a payment method. Every method may raise Unavailable (unknown outcome) or Refused (a no)."""

    name: str
    publishable_key: str
    """What a browser's payment sheet names the account by; empty where there is no sheet."""
    is_remote: bool
    """Whether its truth is elsewhere, so that it is asked again when nothing was heard. Else people tell us."""

    def minimum(self, currency: str) -> Money:
        """The smallest amount it takes; PaymentRefused for a currency that it does not take."""

    def instructions(self, *, order_number: str, amount: Money) -> BankInstructions | None:
        """What a buyer must know who pays without a sheet; None where the sheet asks for all. Asks nobody."""

    def open_intent(self, wanted: NewIntent, *, key: str) -> IntentState:
        """Make an intent once per key. A repeat gives the state of then, not of now. May raise KeySpent."""

    def find_intent(self, *, order_id: UUID, since: datetime) -> IntentState | None:
        """The intent of this order among those made since then, when the key that made it is no help."""

    def retrieve_intent(self, reference: str) -> IntentState:
        """What is true now."""

    def cancel_intent(self, reference: str) -> IntentState:
        """Cancel if that can still be done, and answer what is true now. May be repeated."""

    def refund(self, *, intent: str, refund_id: UUID, order_id: UUID, amount: Money, key: str) -> RefundState:
        """Send money back once per key, or promise to (pending). May raise KeySpent."""

    def find_refund(self, *, intent: str, refund_id: UUID) -> RefundState | None:
        """This refund among those of the intent."""

    def retrieve_refund(self, reference: str) -> RefundState:
        """What is true now."""


class OnlineProvider(Provider, Protocol):
    """One with webhooks, and with books of its own that ours are compared with."""

    def capture_intent(self, reference: str, *, amount: Money, key: str, final: bool = True) -> IntentState:
        """Take so much of what is set aside, once per key; `final` lets go of the rest. May raise KeySpent.

        Not every bank lets a part be taken with more to come: Refused then.
        """

    def release_intent(self, reference: str) -> IntentState:
        """Let go of what captures have left, and answer what is true now. May be repeated."""

    def retrieve_dispute(self, reference: str) -> DisputeState:
        """What is true now."""

    def disputes_between(self, since: datetime, until: datetime) -> Iterator[DisputeState]:
        """All disputes opened in that time, page by page."""

    def intents_between(self, since: datetime, until: datetime) -> Iterator[IntentState]:
        """All intents made in that time, whoever made them, page by page."""

    def refunds_between(self, since: datetime, until: datetime) -> Iterator[RefundState]:
        """All refunds made in that time, whoever made them, page by page."""

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> EventNotice:
        """Check the signature over the raw body and unpack it; BadSignature otherwise."""

    def open_customer(self, customer_id: UUID, *, key: str) -> str:
        """Make a customer once per key; it knows our id. May raise KeySpent."""

    def find_customer(self, customer_id: UUID, *, since: datetime) -> str | None:
        """The customer with this id of ours among those made since then."""

    def delete_customer(self, reference: str) -> None:
        """With all that is saved for them. May be repeated."""

    def saved_methods(self, customer: str) -> tuple[SavedMethod, ...]:
        """What a customer has saved."""

    def detach_method(self, method: str, *, customer: str) -> bool:
        """Let go of it for good. False if this customer has no such method."""

    def open_setup(self, customer: str, *, key: str) -> SetupState:
        """Ask for a payment method to save, once per key. May raise KeySpent."""

    def retrieve_setup(self, reference: str) -> SetupState:
        """What is true now."""
