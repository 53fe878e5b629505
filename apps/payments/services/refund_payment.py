"""Send money back: taken from what is left first, then asked of the provider, and pushed until it is done."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F, Q

from apps.payments import contracts
from apps.payments.contracts import PaymentStatus, RefundRefused, RefundStatus
from apps.payments.models import Payment, Refund
from apps.payments.providers import Refused, provider_for
from apps.payments.rules import NEVER
from shop import clock
from shop.db import transact
from shop.errors import Busy, Unavailable
from shop.faults import fault
from shop.money import Money

from .apply_refund import fail_refund, succeed_without_provider
from .find_payment import find_payment
from .push_refund import push_refund
from .put_off import put_off

CAME = Q(status=PaymentStatus.SUCCEEDED) | Q(status=PaymentStatus.AUTHORIZED, amount_received_minor__gt=0)
"""Of what is captured in parts, each can be sent back while the rest is still set aside, as Stripe permits: "for a
PaymentIntent in requires_capture state, you can refund any number of times up to" amount_received less what was
refunded (docs.stripe.com/payments/multicapture, Refunds)."""
FIRST_PUSH = 10
"""How many base waiting times the request has for itself before the sweep takes over."""


def refund_payment(*, refund_id: UUID, order_id: UUID, amount: Money, reason: str) -> contracts.Refund:
    """Send `amount` back once; see `api.refund_payment`.

    A provider that does not answer is no failure: the row is written, the sweep goes on, and the
    answer is `pending` until RefundSucceeded.
    """
    refund = Refund.objects.filter(pk=refund_id).first() or _take(refund_id, order_id, amount, reason)
    if (refund.payment_id, refund.amount_minor, refund.currency) != (order_id, amount.amount, amount.currency):
        raise RefundRefused("This refund id was used for something else.", reason="other_arguments")
    fault("payments.refund.row")
    if refund.status == RefundStatus.PENDING:
        refund = _try_now(refund)
    return refund.as_contract()


def _try_now(refund: Refund) -> Refund:
    if not refund.amount_minor:
        return succeed_without_provider(refund)
    try:
        return push_refund(refund)
    except Refused as no:
        fail_refund(refund, reason=no.reason)
        raise RefundRefused(str(no), reason=no.reason) from no
    except Busy as error:
        put_off(Refund.objects.filter(pk=refund.pk, attempts=refund.attempts, status=RefundStatus.PENDING), error)
        return refund
    except Unavailable:
        return refund


def _take(refund_id: UUID, order_id: UUID, amount: Money, reason: str) -> Refund:
    """Take the amount from what can still be sent back; the guard is one conditional update."""
    payment = find_payment(order_id)
    if payment is None:
        raise RefundRefused("Nothing was paid for this order.", reason="not_paid")
    soon = clock.now() + timedelta(seconds=settings.SHOP_BACKOFF_SECONDS * FIRST_PUSH)
    refund = Refund(
        refund_id=refund_id,
        payment=payment,
        method=payment.method,
        currency=amount.currency,
        amount_minor=amount.amount,
        reason=reason[:200],
        due=soon if provider_for(payment.method).is_remote else NEVER,
    )

    def write() -> None:
        if not _reserve(order_id, amount):
            raise _why_not(order_id, amount)
        refund.save(force_insert=True)

    try:
        transact("payments", write)
    except IntegrityError:
        return Refund.objects.get(pk=refund_id)
    except RefundRefused:
        # A twin with the same refund id may have taken the last of it.
        twin = Refund.objects.filter(pk=refund_id).first()
        if twin is None:
            raise
        return twin
    return refund


def _reserve(order_id: UUID, amount: Money) -> int:
    if amount.amount < 0:
        return 0
    return Payment.objects.filter(
        CAME,
        pk=order_id,
        currency=amount.currency,
        amount_received_minor__gte=F("amount_refunded_minor") + F("amount_disputed_minor") + amount.amount,
    ).update(amount_refunded_minor=F("amount_refunded_minor") + amount.amount, revision=F("revision") + 1)


def _why_not(order_id: UUID, amount: Money) -> RefundRefused:
    payment = Payment.objects.filter(pk=order_id).first()
    came = payment.amount_received_minor if payment is not None else 0
    if payment is not None and payment.status == PaymentStatus.AUTHORIZED and not came:
        return RefundRefused("Money is only set aside: capture it or let go of it.", reason="still_authorized")
    if payment is None or payment.status not in {PaymentStatus.AUTHORIZED, PaymentStatus.SUCCEEDED}:
        return RefundRefused("Nothing was paid for this order.", reason="not_paid")
    if payment.currency != amount.currency or amount.amount < 0:
        return RefundRefused(f"It was paid in {payment.currency}.", reason="wrong_amount")
    gone = payment.amount_refunded_minor + payment.amount_disputed_minor
    left = Money(max(payment.amount_received_minor - gone, 0), payment.currency)
    return RefundRefused(f"Only {left} can still be sent back.", reason="more_than_paid", left=left.amount)
