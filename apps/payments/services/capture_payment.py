"""Take authorized money: claimed on the payment's row first, then asked of the provider, pushed until it is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F

from apps.payments import contracts
from apps.payments.contracts import CaptureRefused, CaptureStatus, PaymentStatus
from apps.payments.models import Payment, PaymentCapture
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
    """Take `amount` and let go of the rest; see `api.capture_payment`.

    A provider that does not answer is no failure: the claim is written, the sweep goes on, and the
    answer is `pending` until PaymentCaptured.
    """
    return capture_with(capture_id, order_id, amount)


def capture_with(
    capture_id: UUID,
    order_id: UUID,
    amount: Money,
    *,
    final: bool = True,
    deed: Callable[[], object] | None = None,
) -> contracts.Capture:
    """The same, of a part with more to come unless it is `final`; `deed` is written with the claim, in its transaction.

    What takes all that is left is final, whatever it was called.
    """
    payment, taken = load_payment(order_id), _taken(capture_id)
    if taken is None and payment.capture_id != capture_id:
        payment = _claim(
            PaymentCapture(
                capture_id=capture_id,
                payment=payment,
                amount_minor=amount.amount,
                currency=amount.currency,
                final=final or amount == payment.amount_capturable,
            ),
            deed,
        )
        taken = _taken(capture_id)
    known = taken.asked if taken else Money(payment.capture_minor, payment.currency)
    if known != amount:
        raise CaptureRefused("This capture id was used for another amount.", reason="other_arguments")
    fault("payments.capture.row")
    if payment.status == PaymentStatus.AUTHORIZED and payment.capture_id == capture_id:
        payment = _try_now(payment)
    return _answer(payment, capture_id)


def _taken(capture_id: UUID) -> PaymentCapture | None:
    return PaymentCapture.objects.filter(pk=capture_id).first()


def _claim(capture: PaymentCapture, deed: Callable[[], object] | None) -> Payment:
    """Make it the one capture under way; the guard is one conditional update."""
    free = Payment.objects.filter(
        pk=capture.payment_id,
        status=PaymentStatus.AUTHORIZED,
        capture_id=None,
        void_id=None,
        currency=capture.currency,
        authorized_minor__gte=F("amount_received_minor") + capture.amount_minor,
    )
    due = clock.now() + timedelta(seconds=settings.SHOP_BACKOFF_SECONDS * FIRST_PUSH)
    claim = {"capture_id": capture.pk, "capture_minor": capture.amount_minor, "capture_key_number": 1, "due": due}

    def write() -> bool:
        if not free.update(**claim, checks=0, revision=F("revision") + 1):
            return False
        capture.save(force_insert=True)
        if deed is not None:
            deed()
        return True

    try:
        claimed = capture.amount_minor > 0 and transact("payments", write)
    except IntegrityError:
        claimed = False  # a twin with the same id was faster, and has taken its part already
    payment = load_payment(capture.payment_id)
    if not claimed and payment.capture_id != capture.pk and _taken(capture.pk) is None:
        raise _why_not(payment, capture.amount)
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
    taken = _taken(capture_id)
    done = taken.done_at is not None if taken else payment.status == PaymentStatus.SUCCEEDED
    if not done and payment.status in (PaymentStatus.CANCELED, PaymentStatus.SUCCEEDED):  # of earlier parts alone
        raise _gone(payment)
    return contracts.Capture(
        capture_id=capture_id,
        order_id=payment.order_id,
        amount=taken.amount if taken else Money(payment.capture_minor, payment.currency),
        status=CaptureStatus.SUCCEEDED if done else CaptureStatus.PENDING,
        final=taken.final if taken else True,
    )


def _why_not(payment: Payment, amount: Money) -> CaptureRefused:
    if payment.status == PaymentStatus.CANCELED or payment.void_id is not None or payment.lapsed:
        return _gone(payment)
    if payment.status == PaymentStatus.AUTHORIZED and payment.capture_id is not None:
        return CaptureRefused("It is being captured at this moment: ask again.", reason="in_progress")
    if payment.status == PaymentStatus.SUCCEEDED:
        return CaptureRefused("It was captured already, and the rest let go.", reason="already_captured")
    if payment.status != PaymentStatus.AUTHORIZED:
        return CaptureRefused("Nothing is set aside for this order.", reason="not_authorized")
    if payment.currency != amount.currency or amount.amount <= 0:
        return CaptureRefused(f"It can be captured in {payment.currency}, more than nothing.", reason="wrong_amount")
    there = payment.amount_capturable
    return CaptureRefused(f"Only {there} is set aside.", reason="more_than_authorized", left=there.amount)


def _gone(payment: Payment) -> CaptureRefused:
    if payment.lapsed:
        return CaptureRefused("What was set aside has lapsed.", reason="lapsed")
    return CaptureRefused("What was set aside was let go.", reason="voided")
