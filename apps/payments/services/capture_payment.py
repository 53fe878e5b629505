"""Take authorized money: claimed on the payment's row first, then asked of the provider, pushed until it is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F

from apps.payments import contracts
from apps.payments.contracts import CaptureRefused, CaptureStatus, PaymentStatus
from apps.payments.models import Payment
from shop import clock
from shop.db import transact
from shop.errors import Busy, Unavailable
from shop.faults import fault
from shop.money import Money

from .find_payment import load_payment
from .push_capture import push_capture
from .put_off import put_off

FIRST_PUSH = 10
"""How many base waiting times the request has for itself before the sweep takes over."""


def capture_payment(*, capture_id: UUID, order_id: UUID, amount: Money) -> contracts.Capture:
    """Take `amount` once; see `api.capture_payment`.

    A provider that does not answer is no failure: the claim is written, the sweep goes on, and the
    answer is `pending` until PaymentCaptured.
    """
    return capture_with(capture_id, order_id, amount)


def capture_with(
    capture_id: UUID, order_id: UUID, amount: Money, *, deed: Callable[[], object] | None = None
) -> contracts.Capture:
    """The same; `deed` is written with the claim, in its transaction."""
    payment = load_payment(order_id)
    if payment.capture_id != capture_id:
        payment = _claim(capture_id, order_id, amount, deed)
    if (payment.capture_minor, payment.currency) != (amount.amount, amount.currency):
        raise CaptureRefused("This capture id was used for another amount.", reason="other_arguments")
    fault("payments.capture.row")
    if payment.status == PaymentStatus.AUTHORIZED:
        payment = _try_now(payment)
    return _answer(payment, capture_id)


def _claim(capture_id: UUID, order_id: UUID, amount: Money, deed: Callable[[], object] | None) -> Payment:
    """Make it the one capture of this payment; the guard is one conditional update."""
    free = Payment.objects.filter(
        pk=order_id,
        status=PaymentStatus.AUTHORIZED,
        capture_id=None,
        void_id=None,
        currency=amount.currency,
        authorized_minor__gte=amount.amount,
    )
    due = clock.now() + timedelta(seconds=settings.SHOP_BACKOFF_SECONDS * FIRST_PUSH)
    claim = {"capture_id": capture_id, "capture_minor": amount.amount, "capture_key_number": 1, "due": due}

    def write() -> bool:
        if not free.update(**claim, checks=0, revision=F("revision") + 1):
            return False
        if deed is not None:
            deed()
        return True

    claimed = amount.amount > 0 and transact("payments", write)
    payment = load_payment(order_id)
    if not claimed and payment.capture_id != capture_id:  # a twin with the same id may have been faster
        raise _why_not(payment, amount)
    return payment


def _try_now(payment: Payment) -> Payment:
    try:
        return push_capture(payment)
    except Busy as error:
        put_off(Payment.objects.filter(pk=payment.pk, capture_id=payment.capture_id), error)
        return load_payment(payment.order_id)
    except Unavailable:
        return load_payment(payment.order_id)


def _answer(payment: Payment, capture_id: UUID) -> contracts.Capture:
    if payment.status == PaymentStatus.CANCELED:
        raise CaptureRefused("What was set aside was let go.", reason="voided")
    done = payment.status == PaymentStatus.SUCCEEDED
    return contracts.Capture(
        capture_id=capture_id,
        order_id=payment.order_id,
        amount=payment.amount_received if done else Money(payment.capture_minor, payment.currency),
        status=CaptureStatus.SUCCEEDED if done else CaptureStatus.PENDING,
    )


def _why_not(payment: Payment, amount: Money) -> CaptureRefused:
    if payment.status == PaymentStatus.CANCELED or payment.void_id is not None:
        return CaptureRefused("What was set aside was let go.", reason="voided")
    if payment.status == PaymentStatus.SUCCEEDED or payment.capture_id is not None:
        return CaptureRefused("It was captured already: a payment has one capture.", reason="already_captured")
    if payment.status != PaymentStatus.AUTHORIZED:
        return CaptureRefused("Nothing is set aside for this order.", reason="not_authorized")
    if payment.currency != amount.currency or amount.amount <= 0:
        return CaptureRefused(f"It can be captured in {payment.currency}, more than nothing.", reason="wrong_amount")
    there = payment.amount_authorized
    return CaptureRefused(f"Only {there.format()} is set aside.", reason="more_than_authorized", left=there.amount)
