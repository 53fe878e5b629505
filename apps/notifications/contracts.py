"""What notifications says to others, and what it listens to. No Django here."""

from __future__ import annotations

from apps.accounts.contracts import (
    AccountDeleted,
    DeletionRequested,
    EmailChangeAsked,
    EmailChanged,
    EmailConfirmationAsked,
    KnownAddressTried,
    PasswordChanged,
    PasswordResetAsked,
    RefreshTokenReused,
    StaffInvited,
    VerificationAsked,
)
from apps.catalog.contracts import StockLow, StockRecovered
from apps.orders.contracts import (
    OrderCancelled,
    OrderConfirmed,
    OrderPaymentFailed,
    OrderRefunded,
    ParcelDelivered,
    ParcelShipped,
    ReturnAuthorised,
    ReturnReceived,
    ReturnRejected,
)
from shop.events import consumes

consumes("notifications", OrderConfirmed, OrderCancelled, OrderRefunded, ParcelShipped, ParcelDelivered)
consumes("notifications", OrderPaymentFailed, ReturnAuthorised, ReturnRejected, ReturnReceived)
consumes("notifications", VerificationAsked, KnownAddressTried, PasswordResetAsked, PasswordChanged)
consumes("notifications", RefreshTokenReused)
consumes("notifications", EmailChangeAsked, EmailConfirmationAsked, EmailChanged, StaffInvited, DeletionRequested)
consumes("notifications", AccountDeleted)
consumes("notifications", StockLow, StockRecovered)
