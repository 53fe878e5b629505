"""What notifications says to others, and what it listens to. No Django here."""

from __future__ import annotations

from typing import ClassVar

from apps.accounts.contracts import (
    AccountDeleted,
    AddressVerified,
    DeletionRequested,
    EmailChangeAsked,
    EmailChanged,
    EmailConfirmationAsked,
    KnownAddressTried,
    PasswordChanged,
    PasswordResetAsked,
    ProfileChanged,
    RefreshTokenReused,
    StaffInvited,
    UserRegistered,
    VerificationAsked,
)
from apps.catalog.contracts import StockLow, StockRecovered
from apps.orders.contracts import (
    BankTransferAwaited,
    OrderCancelled,
    OrderConfirmed,
    OrderPaymentFailed,
    OrderRefunded,
    ParcelDelivered,
    ParcelLabelled,
    ParcelShipped,
    ReturnAuthorised,
    ReturnReceived,
    ReturnRejected,
)
from shop.errors import DomainError
from shop.events import consumes


class MessageNotFound(DomainError):
    """There is no such message."""

    code: ClassVar[str] = "notifications.message_not_found"
    title: ClassVar[str] = "No such message"
    status: ClassVar[int] = 404


class CannotResend(DomainError):
    """It waits to be sent already, held a link that is gone, or its person is erased (params: status)."""

    code: ClassVar[str] = "notifications.cannot_resend"
    title: ClassVar[str] = "Cannot be sent again"
    status: ClassVar[int] = 409


class SuppressionNotFound(DomainError):
    """Nothing is suppressed under this id."""

    code: ClassVar[str] = "notifications.suppression_not_found"
    title: ClassVar[str] = "No such suppression"
    status: ClassVar[int] = 404


class MandatoryTopic(DomainError):
    """What becomes of an order, a return or an account is always told by mail (errors: one per choice)."""

    code: ClassVar[str] = "notifications.mandatory_topic"
    title: ClassVar[str] = "This must be told"
    status: ClassVar[int] = 422


class LinkNotValid(DomainError):
    """No link of ours, or of a message whose person is erased."""

    code: ClassVar[str] = "notifications.link_not_valid"
    title: ClassVar[str] = "Link not valid"
    status: ClassVar[int] = 404


class CallbackRefused(DomainError):
    """The signature does not fit what was sent, or nobody may send it here."""

    code: ClassVar[str] = "notifications.bad_signature"
    title: ClassVar[str] = "Bad signature"
    status: ClassVar[int] = 403


class CallbackUnknown(DomainError):
    """We have sent no message with this id."""

    code: ClassVar[str] = "notifications.unknown_reference"
    title: ClassVar[str] = "Message not known"
    status: ClassVar[int] = 404


consumes("notifications", OrderConfirmed, OrderCancelled, OrderPaymentFailed, OrderRefunded, BankTransferAwaited)
consumes("notifications", ParcelShipped, ParcelLabelled, ParcelDelivered)
consumes("notifications", ReturnAuthorised, ReturnRejected, ReturnReceived)
consumes("notifications", VerificationAsked, KnownAddressTried, PasswordResetAsked, PasswordChanged)
consumes("notifications", RefreshTokenReused)
consumes("notifications", EmailChangeAsked, EmailConfirmationAsked, EmailChanged, StaffInvited, DeletionRequested)
consumes("notifications", UserRegistered, AddressVerified, ProfileChanged, AccountDeleted)
consumes("notifications", StockLow, StockRecovered)
