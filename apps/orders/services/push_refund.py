"""Ask payments for a refund that is written down, until it is known whether it goes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import F

from apps.orders.models import Order, OrderRefund
from apps.payments import api as payments
from apps.payments.contracts import PaymentNotFound, RefundRefused, RefundStatus
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault

from .advance_order import LONGEST_BACKOFF_SECONDS, lease_end
from .follow_refund import follow_refund
from .move_order import note_order

State = OrderRefund.State


def claim_refund(row: OrderRefund) -> bool:
    """Take the lease of a refund that is due. False if somebody else was faster."""
    until = lease_end()
    seen = OrderRefund.objects.filter(pk=row.pk, state=State.ASKED, due=row.due)
    if not transact("orders", lambda: seen.update(due=until, attempts=F("attempts") + 1)):
        return False
    row.due, row.attempts = until, row.attempts + 1
    return True


def push_refund(row: OrderRefund) -> OrderRefund:
    """Ask, and write down what is answered; no answer is asked for again later. One that is known stays as it is."""
    if row.state != State.ASKED:
        return row
    fault("orders.refund.asked")
    try:
        answer = payments.refund_payment(refund_id=row.pk, order_id=row.order_id, amount=row.amount, reason=row.reason)
    except (RefundRefused, PaymentNotFound) as refusal:
        _settle(row, State.REFUSED, refusal.detail)
    except Unavailable:
        _back_off(row)
    else:
        failed = answer.status == RefundStatus.FAILED
        _settle(row, State.REFUSED if failed else State.SENT, "The provider could not send it." if failed else "")
    row.refresh_from_db()
    return row


def _settle(row: OrderRefund, to: OrderRefund.State, failure: str) -> None:
    """News may have been faster than the answer: then it stays as it is."""

    def effect() -> None:
        waiting = OrderRefund.objects.filter(pk=row.pk, state=State.ASKED)
        if not waiting.update(state=to, failure=failure[:500], due=None):
            return
        if to == State.REFUSED:
            note_order(Order.objects.get(pk=row.order_id), "refund_refused", detail=f"{row.amount}: {failure}")
        follow_refund(row, went=to != State.REFUSED)

    transact("orders", effect)


def _back_off(row: OrderRefund) -> None:
    seconds = min(LONGEST_BACKOFF_SECONDS, settings.SHOP_BACKOFF_SECONDS * 2 ** min(row.attempts, 12))
    waiting = OrderRefund.objects.filter(pk=row.pk, state=State.ASKED)
    transact("orders", lambda: waiting.update(due=clock.now() + timedelta(seconds=seconds)))
