"""The order itself: where it is in the saga, and what is told of it until it is paid or over. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from shop.events import Event
from shop.money import Money


class OrderStatus(StrEnum):
    """Where an order is in the saga; the moves between them are in rules.py."""

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
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""


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
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""


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
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""


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
    erased: bool = False
    """Its buyer's account was erased: what is told of it is told, and then forgotten."""
