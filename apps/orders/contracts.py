"""What orders says to others: plain frozen values, errors and events. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from apps.accounts.contracts import AccountDeleted, AddressVerified
from apps.payments.contracts import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PaymentSucceeded,
    PaymentVoided,
    RefundFailed,
    RefundSucceeded,
)
from shop.errors import DomainError
from shop.events import Event, consumes
from shop.money import Money


class OrderStatus(StrEnum):
    """Where an order is in the saga; the moves between them are in models.py."""

    PENDING = "pending"
    RESERVED = "reserved"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    CONFIRMED = "confirmed"
    PARTLY_SHIPPED = "partly_shipped"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLING = "cancelling"
    REFUNDING = "refunding"
    CANCELLED = "cancelled"
    REVIEW = "review"


@dataclass(frozen=True, slots=True)
class OrderedLine:
    sku: str
    name: str
    quantity: int
    unit_price: Money
    total: Money


@dataclass(frozen=True, slots=True)
class OrderConfirmed(Event):
    """Paid, and its stock is sold to it: it will be shipped."""

    name: ClassVar[str] = "orders.order_confirmed.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    lines: tuple[OrderedLine, ...]
    subtotal: Money
    shipping: Money
    tax: Money
    tax_included: bool
    total: Money
    confirmed_at: datetime


@dataclass(frozen=True, slots=True)
class OrderCancelled(Event):
    """It will not be shipped. `reason` is a stable code: see CancelReason."""

    name: ClassVar[str] = "orders.order_cancelled.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    reason: str
    total: Money
    refunded: bool
    """True when money had come and was sent back."""
    cancelled_at: datetime


@dataclass(frozen=True, slots=True)
class OrderRefunded(Event):
    """Money of this order is on its way back to the buyer."""

    name: ClassVar[str] = "orders.order_refunded.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    refund_id: UUID
    """An order may have several refunds; each is told once."""
    amount: Money
    reason: str
    refunded_at: datetime


@dataclass(frozen=True, slots=True)
class OrderPaymentFailed(Event):
    """A card was declined, and another may be tried until `pay_before`. Told once per attempt, not of late news."""

    name: ClassVar[str] = "orders.order_payment_failed.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    failure_id: UUID
    reason: str
    """In the provider's words or code, such as card_declined."""
    pay_before: datetime | None
    failed_at: datetime


@dataclass(frozen=True, slots=True)
class BankTransferAwaited(Event):
    """The order waits for a bank transfer, and this is what its buyer writes on it and until when. Told once."""

    name: ClassVar[str] = "orders.bank_transfer_awaited.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    holder: str
    iban: str
    bic: str
    reference: str
    amount: Money
    pay_before: datetime | None
    awaited_at: datetime


@dataclass(frozen=True, slots=True)
class PackedLine:
    """So many of one thing, in a parcel."""

    sku: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ParcelShipped(Event):
    """A parcel left. `complete` says that nothing of the order is left to be sent."""

    name: ClassVar[str] = "orders.parcel_shipped.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    parcel_id: UUID
    carrier: str
    tracking_number: str
    tracking_url: str
    lines: tuple[PackedLine, ...]
    complete: bool
    shipped_at: datetime


@dataclass(frozen=True, slots=True)
class ParcelDelivered(Event):
    """A parcel is at the buyer's. `complete` says that it was the last one of the order."""

    name: ClassVar[str] = "orders.parcel_delivered.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    parcel_id: UUID
    complete: bool
    delivered_at: datetime


class ReturnStatus(StrEnum):
    """Where a return is; the moves between them are in rules.py."""

    REQUESTED = "requested"
    AUTHORISED = "authorised"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    RECEIVED = "received"
    RESTOCKED = "restocked"
    REFUNDING = "refunding"
    REFUNDED = "refunded"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ReturnAuthorised(Event):
    """The buyer may send these things back."""

    name: ClassVar[str] = "orders.return_authorised.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    return_id: UUID
    lines: tuple[PackedLine, ...]
    message: str
    """In the words of staff; may be empty."""
    authorised_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnRejected(Event):
    """The buyer shall not send these things back; `reason` is in the words of staff."""

    name: ClassVar[str] = "orders.return_rejected.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    return_id: UUID
    lines: tuple[PackedLine, ...]
    reason: str
    rejected_at: datetime


@dataclass(frozen=True, slots=True)
class ReturnReceived(Event):
    """What was sent back is here; `lines` has what came."""

    name: ClassVar[str] = "orders.return_received.v1"
    order_id: UUID
    number: str
    customer_id: UUID | None
    email: str
    phone: str
    return_id: UUID
    lines: tuple[PackedLine, ...]
    received_at: datetime


class RefundReason(StrEnum):
    """Why staff send a part of the money back; `returned` is said by a return itself."""

    GOODWILL = "goodwill"
    DAMAGED = "damaged"
    MISSING = "missing"
    WRONG_ITEM = "wrong_item"
    LATE = "late"
    PRICE = "price"
    OTHER = "other"
    RETURNED = "returned"


class ReturnReason(StrEnum):
    """Why a buyer sends something back."""

    UNWANTED = "unwanted"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    DOES_NOT_FIT = "does_not_fit"
    ARRIVED_LATE = "arrived_late"
    OTHER = "other"


class Condition(StrEnum):
    """In what state something came back."""

    AS_NEW = "as_new"
    OPENED = "opened"
    DAMAGED = "damaged"


class CancelReason(StrEnum):
    OUT_OF_STOCK = "out_of_stock"
    CART_CHANGED = "cart_changed"
    CART_ORDERED = "cart_ordered"
    CUSTOMER = "customer"
    STAFF = "staff"
    UNPAID = "unpaid"
    PAYMENT_REFUSED = "payment_refused"
    STOCK_LOST = "stock_lost"
    LATE_PAYMENT = "late_payment"


class PaymentMethodRefused(DomainError):
    """This order cannot be paid so (params: reason): take another method."""

    code: ClassVar[str] = "orders.payment_method_refused"
    title: ClassVar[str] = "Not by this payment method"
    status: ClassVar[int] = 422


class OrderNotFound(DomainError):
    """No such order, or not yours."""

    code: ClassVar[str] = "orders.not_found"
    title: ClassVar[str] = "No such order"
    status: ClassVar[int] = 404


class ParcelNotFound(DomainError):
    """This order has no such parcel."""

    code: ClassVar[str] = "orders.parcel_not_found"
    title: ClassVar[str] = "No such parcel"
    status: ClassVar[int] = 404


class NothingLeftToShip(DomainError):
    """The parcel holds more than is left to be sent of this order (errors: one per line)."""

    code: ClassVar[str] = "orders.nothing_left_to_ship"
    title: ClassVar[str] = "More than is left to ship"
    status: ClassVar[int] = 409


class NothingToReorder(DomainError):
    """Nothing of this order is for sale now (errors: one per line)."""

    code: ClassVar[str] = "orders.nothing_to_reorder"
    title: ClassVar[str] = "Nothing of it is for sale"
    status: ClassVar[int] = 409


class ReturnNotFound(DomainError):
    """This order has no such return."""

    code: ClassVar[str] = "orders.return_not_found"
    title: ClassVar[str] = "No such return"
    status: ClassVar[int] = 404


class NotReturnable(DomainError):
    """More than was shipped and is not in a return already, or a thing that is not of this order (errors: per line)."""

    code: ClassVar[str] = "orders.not_returnable"
    title: ClassVar[str] = "Cannot be returned"
    status: ClassVar[int] = 409


class ReturnWindowOver(DomainError):
    """The time in which buyers may ask for a return is over (params: until)."""

    code: ClassVar[str] = "orders.return_window_over"
    title: ClassVar[str] = "Too late to return"
    status: ClassVar[int] = 409


class RefundTooMuch(DomainError):
    """More than is kept of this order's money cannot be sent back (params: left)."""

    code: ClassVar[str] = "orders.refund_too_much"
    title: ClassVar[str] = "More than is kept"
    status: ClassVar[int] = 409


class CancelInstead(DomainError):
    """Nothing of it was shipped: who wants all of the money back cancels it, so that the stock comes back too."""

    code: ClassVar[str] = "orders.cancel_instead"
    title: ClassVar[str] = "Cancel it instead"
    status: ClassVar[int] = 409


class IllegalMove(DomainError):
    """The order's present state does not allow this (params: status)."""

    code: ClassVar[str] = "orders.illegal_move"
    title: ClassVar[str] = "Not possible now"
    status: ClassVar[int] = 409


class CartNotReady(DomainError):
    """The cart has problems (errors: one per problem) and cannot be ordered."""

    code: ClassVar[str] = "orders.cart_not_ready"
    title: ClassVar[str] = "Cart is not ready"
    status: ClassVar[int] = 409


class PriceChanged(DomainError):
    """The buyer has not agreed to what it costs now (params: actual, and expected if they named a total).

    With `errors`, those lines cost something else than the buyer saw: acknowledge that in the cart first.
    """

    code: ClassVar[str] = "orders.price_changed"
    title: ClassVar[str] = "Price has changed"
    status: ClassVar[int] = 409


consumes("orders", PaymentAuthorized, PaymentCaptured, PaymentVoided, PaymentSucceeded, PaymentFailed)
consumes("orders", PaymentDisputed, RefundSucceeded, RefundFailed, AddressVerified, AccountDeleted)
