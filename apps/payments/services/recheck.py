"""What no webhook told of: ask the provider, less and less often."""

from __future__ import annotations

import logging

from django.conf import settings

from apps.payments.contracts import CaptureRefused, PaymentStatus, RefundStatus, VoidRefused
from apps.payments.models import Payment, Refund
from apps.payments.providers import Refused
from apps.payments.rules import waiting_time
from shop import clock
from shop.db import transact
from shop.errors import Busy, Unavailable

from .apply_intent import FIRST_CHECK, learn
from .apply_refund import fail_refund
from .differences import note_difference
from .ensure_intent import ensure_intent
from .push_capture import push_capture
from .push_refund import push_refund
from .push_void import note_unknown, push_void, still_set_aside
from .put_off import put_off
from .refund_payment import FIRST_PUSH

logger = logging.getLogger(__name__)

LONGEST = 3600.0


def recheck_payment(payment: Payment) -> bool:
    """Ask about one open payment. False if another worker just did."""
    wait = waiting_time(payment.checks + 1, base=settings.SHOP_BACKOFF_SECONDS * FIRST_CHECK, longest=LONGEST)

    def claim() -> int:
        rows = Payment.objects.filter(pk=payment.pk, due=payment.due, revision=payment.revision)
        return rows.update(due=clock.now() + wait, checks=payment.checks + 1)

    if not transact("payments", claim):
        return False
    try:
        _look(payment)
    except Busy as error:
        put_off(Payment.objects.filter(pk=payment.pk, checks=payment.checks + 1), error)
    except (Unavailable, Refused, CaptureRefused, VoidRefused) as error:
        logger.warning("Payment of order %s could not be looked at: %s", payment.order_id, error)
    except Exception:
        logger.exception("Payment of order %s could not be looked at", payment.order_id)  # the others must be
    return True


def _look(payment: Payment) -> None:
    if payment.status == PaymentStatus.AUTHORIZED and payment.capture_id is not None:
        push_capture(payment)
    elif payment.status == PaymentStatus.AUTHORIZED and payment.void_id is not None:
        _push_void(payment)
    else:
        learn(payment, ensure_intent)


def _push_void(payment: Payment) -> None:
    """What cannot be let go is for people: finance was told that it would be."""
    try:
        push_void(payment)
    except VoidRefused:
        note_difference(still_set_aside(payment))
        raise
    except Refused as no:
        note_unknown(payment, no)
        raise


def recheck_refund(refund: Refund) -> bool:
    """Send or ask about one pending refund. False if another worker just did."""
    wait = waiting_time(refund.attempts + 1, base=settings.SHOP_BACKOFF_SECONDS * FIRST_PUSH, longest=LONGEST)

    def claim() -> int:
        rows = Refund.objects.filter(pk=refund.pk, attempts=refund.attempts, due=refund.due)
        return rows.update(due=clock.now() + wait, attempts=refund.attempts + 1)

    if not transact("payments", claim):
        return False
    try:
        push_refund(refund)
    except Refused as no:
        logger.error("Refund %s was refused: %s", refund.pk, no.reason)  # noqa: TRY400
        fail_refund(refund, reason=no.reason)
    except Busy as error:
        put_off(Refund.objects.filter(pk=refund.pk, status=RefundStatus.PENDING, attempts=refund.attempts + 1), error)
    except Unavailable as error:
        logger.warning("Refund %s could not be sent: %s", refund.pk, error)
    except Exception:
        logger.exception("Refund %s could not be sent", refund.pk)  # the others must be
    return True
