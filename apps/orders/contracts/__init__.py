"""What orders says to others: plain frozen values, errors and events, by theme. No Django here."""

from __future__ import annotations

from apps.accounts.contracts import AccountDeleted, AddressVerified
from apps.payments.contracts import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentDisputed,
    PaymentFailed,
    PaymentPartlyCaptured,
    PaymentSucceeded,
    PaymentVoided,
    RefundFailed,
    RefundSucceeded,
)
from shop.events import consumes

from .parcels import (
    PackedLine,
    ParcelDelivered,
    ParcelLabelled,
    ParcelShipped,
)
from .purchase import (
    BankTransferAwaited,
    CancelReason,
    OrderCancelled,
    OrderConfirmed,
    OrderedLine,
    OrderPaymentFailed,
    OrderStatus,
)
from .refusals import (
    CancelInstead,
    CartNotReady,
    IllegalMove,
    NothingLeftToShip,
    NothingToReorder,
    NotReturnable,
    OrderNotFound,
    ParcelNotFound,
    PaymentMethodRefused,
    PriceChanged,
    RefundTooMuch,
    ReturnNotFound,
    ReturnWindowOver,
)
from .returns import (
    Condition,
    OrderRefunded,
    RefundReason,
    ReturnAuthorised,
    ReturnReason,
    ReturnReceived,
    ReturnRejected,
    ReturnStatus,
)

__all__ = [
    "BankTransferAwaited",
    "CancelInstead",
    "CancelReason",
    "CartNotReady",
    "Condition",
    "IllegalMove",
    "NotReturnable",
    "NothingLeftToShip",
    "NothingToReorder",
    "OrderCancelled",
    "OrderConfirmed",
    "OrderNotFound",
    "OrderPaymentFailed",
    "OrderRefunded",
    "OrderStatus",
    "OrderedLine",
    "PackedLine",
    "ParcelDelivered",
    "ParcelLabelled",
    "ParcelNotFound",
    "ParcelShipped",
    "PaymentMethodRefused",
    "PriceChanged",
    "RefundReason",
    "RefundTooMuch",
    "ReturnAuthorised",
    "ReturnNotFound",
    "ReturnReason",
    "ReturnReceived",
    "ReturnRejected",
    "ReturnStatus",
    "ReturnWindowOver",
]

consumes("orders", PaymentAuthorized, PaymentPartlyCaptured, PaymentCaptured, PaymentVoided)
consumes("orders", PaymentSucceeded, PaymentFailed)
consumes("orders", PaymentDisputed, RefundSucceeded, RefundFailed, AddressVerified, AccountDeleted)
