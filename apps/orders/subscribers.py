"""What orders does when payments or accounts tells something: each once per event, in one transaction of orders."""

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
from shop.events import subscribe

from .services.accept_capture import accept_capture, accept_part, accept_void
from .services.accept_dispute import note_dispute
from .services.accept_payment import accept_authorization, accept_payment, note_failed_payment
from .services.accept_refund import accept_failed_refund, accept_refund
from .services.claim_orders import forget_owner, remember_owner


@subscribe(PaymentSucceeded)
def move_on_when_paid(event: PaymentSucceeded) -> None:
    accept_payment(order_id=event.order_id, amount=event.amount)


@subscribe(PaymentAuthorized)
def move_on_when_authorized(event: PaymentAuthorized) -> None:
    accept_authorization(order_id=event.order_id, amount=event.amount)


@subscribe(PaymentCaptured)
def note_when_captured(event: PaymentCaptured) -> None:
    accept_capture(order_id=event.order_id, amount=event.amount, let_go=event.let_go, lapsed=event.lapsed)


@subscribe(PaymentPartlyCaptured)
def note_when_partly_captured(event: PaymentPartlyCaptured) -> None:
    accept_part(order_id=event.order_id, amount=event.amount, total=event.total)


@subscribe(PaymentVoided)
def look_when_voided(event: PaymentVoided) -> None:
    accept_void(order_id=event.order_id, amount=event.amount, reason=event.reason)


@subscribe(PaymentFailed)
def note_when_declined(event: PaymentFailed) -> None:
    note_failed_payment(
        order_id=event.order_id, failure_id=event.failure_id, reason=event.reason, failed_at=event.failed_at
    )


@subscribe(PaymentDisputed)
def note_when_disputed(event: PaymentDisputed) -> None:
    note_dispute(order_id=event.order_id, amount=event.amount, reason=event.reason, status=event.status)


@subscribe(RefundSucceeded)
def tell_when_refunded(event: RefundSucceeded) -> None:
    accept_refund(order_id=event.order_id, refund_id=event.refund_id, amount=event.amount, reason=event.reason)


@subscribe(RefundFailed)
def review_when_not_refunded(event: RefundFailed) -> None:
    accept_failed_refund(order_id=event.order_id, refund_id=event.refund_id, reason=event.reason)


@subscribe(AddressVerified)
def claim_when_verified(event: AddressVerified) -> None:
    remember_owner(user_id=event.user_id, email=event.email)


@subscribe(AccountDeleted)
def let_go_when_deleted(event: AccountDeleted) -> None:
    forget_owner(user_id=event.user_id)
