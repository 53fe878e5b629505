"""What payments says to others: plain frozen values, errors and events. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from apps.accounts.contracts import AccountDeleted
from shop.errors import DomainError
from shop.events import Event, consumes
from shop.money import Money


class PaymentStatus(StrEnum):
    """What is known of the money of one order."""

    NEW = "new"
    """Nothing was asked of the provider yet, or its answer is unknown."""
    OPEN = "open"
    """The buyer may pay (also: a card was declined, another may be tried)."""
    PROCESSING = "processing"
    """The provider is at it; it cannot be cancelled now."""
    AUTHORIZED = "authorized"
    """Set aside for us at the buyer's bank: no money yet, taken by a capture, let go by voiding."""
    SUCCEEDED = "succeeded"
    CANCELED = "canceled"
    """No money can come any more."""


class PaymentMethod(StrEnum):
    """How an order is paid: it decides which provider has the say, and how long the buyer has."""

    CARD = "card"
    """By the payment sheet: cards, wallets and whatever else the provider offers."""
    BANK_TRANSFER = "bank_transfer"
    """To our bank account, under the order's number; finance says what came."""


@dataclass(frozen=True, slots=True)
class Payment:
    """The payment of one order: at most one provider intent, whose attempts are charges."""

    order_id: UUID
    status: PaymentStatus
    amount: Money
    provider: str
    provider_reference: str
    """The provider's id of the intent; empty before there is one."""
    amount_received: Money
    """What the provider says that it got: before it succeeded only parts of authorized money that were captured, and
    not always what was asked for."""
    amount_authorized: Money
    """What was set aside when it was authorized, whatever became of it; nothing if all came at once."""
    amount_refunded: Money
    last_error: str
    letting_go: bool = False
    """What is set aside is being let go, and the provider did not answer yet: it cannot be captured any more."""
    let_go: bool = False
    """Finance let go of it, or of what captures had left of it: that is never taken any more."""
    lapsed: bool = False
    """Nobody let go of it, or of what captures had left of it, and it cannot be taken any more."""
    promised: int = 0
    """The number of the promise that is kept: what is set aside is let go by no clerk; 0 without one."""


@dataclass(frozen=True, slots=True)
class BankInstructions:
    """What a buyer writes on a bank transfer."""

    holder: str
    iban: str
    bic: str
    """Empty when the bank needs none."""
    reference: str
    """The order's number: finance finds the order by it."""
    amount: Money


@dataclass(frozen=True, slots=True)
class Payer:
    """Who was logged in when the order was placed: what they have saved may pay it."""

    customer_id: UUID
    save_method: bool = False
    """Keep what it is paid with for the next time."""


@dataclass(frozen=True, slots=True)
class PaymentSheet:
    """What a browser's or app's payment sheet needs. `client_secret` is shown, never stored."""

    order_id: UUID
    provider: str
    publishable_key: str
    client_secret: str
    status: PaymentStatus
    amount: Money
    """What is to be paid; once it succeeded, what was paid."""
    method: PaymentMethod = PaymentMethod.CARD
    instructions: BankInstructions | None = None
    """Where to send the money; only for a bank transfer, and only while it may still be paid."""


class CaptureStatus(StrEnum):
    PENDING = "pending"
    """It is ours to take and the provider did not answer yet: it goes on by itself."""
    SUCCEEDED = "succeeded"


@dataclass(frozen=True, slots=True)
class Capture:
    """The taking of authorized money, or of a part of it."""

    capture_id: UUID
    order_id: UUID
    amount: Money
    status: CaptureStatus
    final: bool = True
    """What it leaves is let go; otherwise it stays set aside, to be captured later."""


class RefundStatus(StrEnum):
    PENDING = "pending"
    """On its way; of a bank transfer: until finance has sent it."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Refund:
    """Money that went back, or is on its way back."""

    refund_id: UUID
    order_id: UUID
    amount: Money
    reason: str
    status: RefundStatus


class DisputeStatus(StrEnum):
    """How far a buyer's bank has got, whom the buyer asked to take the money back."""

    OPEN = "open"
    """It has not decided; it may have taken the money already."""
    WON = "won"
    """The shop keeps the money, or has it back."""
    LOST = "lost"


class VoidReason(StrEnum):
    """Why authorized money was let go."""

    CANCELED = "canceled"
    EXPIRED = "expired"
    """Nobody captured it in time."""


class PaymentNotFound(DomainError):
    """No payment was opened for this order."""

    code: ClassVar[str] = "payments.not_found"
    title: ClassVar[str] = "No such payment"
    status: ClassVar[int] = 404


class PaymentRefused(DomainError):
    """The provider will not open this payment as it is (params: reason): repeating does not help."""

    code: ClassVar[str] = "payments.refused"
    title: ClassVar[str] = "Payment refused"
    status: ClassVar[int] = 422


class RefundRefused(DomainError):
    """More than was paid, or a payment that never succeeded (params: reason)."""

    code: ClassVar[str] = "payments.refund_refused"
    title: ClassVar[str] = "Refund refused"
    status: ClassVar[int] = 409


class PaymentMethodNotFound(DomainError):
    """You have saved no such payment method."""

    code: ClassVar[str] = "payments.method_not_found"
    title: ClassVar[str] = "No such payment method"
    status: ClassVar[int] = 404


class AccountClosed(DomainError):
    """The account is gone: nothing is saved for it any more."""

    code: ClassVar[str] = "payments.account_closed"
    title: ClassVar[str] = "Account closed"
    status: ClassVar[int] = 409


class CaptureRefused(DomainError):
    """Nothing is set aside, more than that was asked for, it was taken or let go already, it lapsed, or the provider
    takes no part of it alone (params: reason)."""

    code: ClassVar[str] = "payments.capture_refused"
    title: ClassVar[str] = "Capture refused"
    status: ClassVar[int] = 409


class VoidRefused(DomainError):
    """Nothing is set aside, it was taken or let go already, or a parcel is leaving on it (params: reason)."""

    code: ClassVar[str] = "payments.void_refused"
    title: ClassVar[str] = "Void refused"
    status: ClassVar[int] = 409


@dataclass(frozen=True, slots=True)
class PaymentAuthorized(Event):
    """`amount` is set aside for us at the buyer's bank: as good as paid, to be captured later."""

    name: ClassVar[str] = "payments.payment_authorized.v1"
    order_id: UUID
    amount: Money
    authorized_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentCaptured(Event):
    """Of what was authorized, `amount` is ours in all; the rest was let go."""

    name: ClassVar[str] = "payments.payment_captured.v1"
    order_id: UUID
    amount: Money
    captured_at: datetime
    let_go: bool = False
    """No capture left the rest: finance let go of it by hand, or nobody captured it in time."""
    lapsed: bool = False
    """And finance did not: it lapsed, or was released at the provider's own page or for an order that was given up."""


@dataclass(frozen=True, slots=True)
class PaymentPartlyCaptured(Event):
    """Of what was authorized, `amount` more is ours, in sum `total`; the rest is still set aside."""

    name: ClassVar[str] = "payments.payment_partly_captured.v1"
    order_id: UUID
    amount: Money
    total: Money
    captured_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentVoided(Event):
    """What was authorized was let go: nothing was taken, and nothing can be."""

    name: ClassVar[str] = "payments.payment_voided.v1"
    order_id: UUID
    amount: Money
    reason: VoidReason
    voided_at: datetime


class RefundNotFound(DomainError):
    """No refund has this id."""

    code: ClassVar[str] = "payments.refund_not_found"
    title: ClassVar[str] = "No such refund"
    status: ClassVar[int] = 404


class ProviderEventNotFound(DomainError):
    """The provider has told us no event with this id."""

    code: ClassVar[str] = "payments.event_not_found"
    title: ClassVar[str] = "No such event"
    status: ClassVar[int] = 404


class ReconciliationNotFound(DomainError):
    """No comparison with the provider has this id."""

    code: ClassVar[str] = "payments.reconciliation_not_found"
    title: ClassVar[str] = "No such comparison"
    status: ClassVar[int] = 404


class NotByBank(DomainError):
    """This is not paid by bank transfer: the provider says what came and what went back."""

    code: ClassVar[str] = "payments.not_by_bank"
    title: ClassVar[str] = "Not by bank transfer"
    status: ClassVar[int] = 409


class AmountDiffers(DomainError):
    """Another amount than is to be paid (params: expected): confirm it, if that is what the bank statement shows."""

    code: ClassVar[str] = "payments.amount_differs"
    title: ClassVar[str] = "Not the amount that is due"
    status: ClassVar[int] = 422


class AlreadyPaid(DomainError):
    """This was marked as paid before: confirm it, if the buyer has really paid twice."""

    code: ClassVar[str] = "payments.already_paid"
    title: ClassVar[str] = "Paid already"
    status: ClassVar[int] = 409


class RefundAlreadySent(DomainError):
    """Somebody marked this refund as sent before: look whether it was sent twice."""

    code: ClassVar[str] = "payments.refund_already_sent"
    title: ClassVar[str] = "Sent already"
    status: ClassVar[int] = 409


@dataclass(frozen=True, slots=True)
class PaymentSucceeded(Event):
    """The provider says that all of `amount` is ours."""

    name: ClassVar[str] = "payments.payment_succeeded.v1"
    order_id: UUID
    amount: Money
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentFailed(Event):
    """An attempt was declined; the payment stays open for another one."""

    name: ClassVar[str] = "payments.payment_failed.v1"
    order_id: UUID
    failure_id: UUID
    """Of this attempt alone: two may be declined in one millisecond."""
    reason: str
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentDisputed(Event):
    """A buyer's bank disputes a payment, or has decided. Told once per status."""

    name: ClassVar[str] = "payments.payment_disputed.v1"
    order_id: UUID
    dispute_id: str
    """The provider's id of it."""
    amount: Money
    reason: str
    """The bank's word, such as fraudulent or product_not_received."""
    status: DisputeStatus
    answer_before: datetime | None
    """Until when the shop may give evidence, at the provider."""
    told_at: datetime


@dataclass(frozen=True, slots=True)
class RefundFailed(Event):
    """The provider could not send this refund, or a bank sent it back: the money is still ours."""

    name: ClassVar[str] = "payments.refund_failed.v1"
    order_id: UUID
    refund_id: UUID
    amount: Money
    reason: str
    """Why it failed, in the provider's words."""
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class RefundSucceeded(Event):
    """The provider says that this refund is done."""

    name: ClassVar[str] = "payments.refund_succeeded.v1"
    order_id: UUID
    refund_id: UUID
    amount: Money
    reason: str
    refunded_at: datetime


consumes("payments", AccountDeleted)
