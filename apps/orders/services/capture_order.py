"""Take authorized money when the first parcel leaves: asked for in the parcel's transaction, done by a job."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings

from apps.orders.models import Order, OrderCapture
from apps.payments import api as payments
from apps.payments.contracts import CaptureRefused, CaptureStatus, PaymentNotFound
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault
from shop.ids import derived_id
from shop.jobs import JOBS, wake
from shop.money import Money

from .ask_promise import end_promise
from .move_order import note_order

logger = logging.getLogger(__name__)

LONGEST_BACKOFF_SECONDS = 300.0
State = OrderCapture.State


def ask_capture(order: Order) -> bool:
    """The row of the last capture, inside the parcel's transaction; where all came already there is none.

    Whether it is asked for now: one that was refused is not asked for again.
    """
    capture_id, left = derived_id(order.pk, "capture"), order.authorized_minor - order.paid_minor
    if left <= 0:
        return False
    if (known := OrderCapture.objects.filter(pk=capture_id).first()) is not None:
        return known.state != State.REFUSED
    OrderCapture(id=capture_id, order_id=order.pk, amount_minor=left, currency=order.currency).save(force_insert=True)
    wake(JOBS["orders.capture_shipped_orders"])
    return True


def capture_order(row: OrderCapture) -> bool:
    """Take it, or note why not. False if another worker has it. A refusal is seen: in the timeline and by staff."""
    if not _claim(row):
        return False
    amount = Money(row.amount_minor, row.currency)
    try:
        answer = payments.capture_payment(capture_id=row.pk, order_id=row.order_id, amount=amount)
    except (CaptureRefused, PaymentNotFound) as refusal:
        if not _goes_on(row, refusal):
            _end_refused(row, refusal)
    except Unavailable as error:
        _change(row, last_error=repr(error)[:500])
    except Exception as error:
        logger.exception("Capture of order %s", row.order_id)  # the others must be
        _change(row, last_error=repr(error)[:500])
    else:
        fault("orders.capture.asked")
        if answer.status is CaptureStatus.SUCCEEDED:
            _change(row, state=State.DONE, last_error="")
    return True


def _claim(row: OrderCapture) -> bool:
    seconds = min(LONGEST_BACKOFF_SECONDS, settings.SHOP_BACKOFF_SECONDS * 2 ** min(row.attempts, 12))
    until = clock.now() + timedelta(seconds=max(seconds, settings.SHOP_LEASE_SECONDS))
    seen = OrderCapture.objects.filter(pk=row.pk, state=State.ASKED, attempts=row.attempts, due=row.due)
    if not transact("orders", lambda: seen.update(due=until, attempts=row.attempts + 1)):
        return False
    row.due, row.attempts = until, row.attempts + 1
    return True


def _goes_on(row: OrderCapture, refusal: CaptureRefused | PaymentNotFound) -> bool:
    """Finance is capturing a part, or has, and we did not know of it: so it is less that is left."""
    left, reason = refusal.params.get("left"), refusal.params.get("reason")
    if reason == "more_than_authorized" and isinstance(left, int) and 0 < left < row.amount_minor:
        _change(row, amount_minor=left, due=clock.now(), last_error=refusal.detail[:500])
    elif reason == "in_progress":
        _change(row, last_error=refusal.detail[:500])
    else:
        return False
    return True


def _end_refused(row: OrderCapture, refusal: CaptureRefused | PaymentNotFound) -> None:
    """Finance may have captured before: then it is done. Everything else is for people."""
    if refusal.params.get("reason") == "already_captured":
        _change(row, state=State.DONE, last_error=refusal.detail[:500])
        return
    logger.error("Order %s was shipped and its money cannot be taken: %s", row.order_id, refusal.detail)

    def end() -> None:
        asked = OrderCapture.objects.filter(pk=row.pk, state=State.ASKED)
        if asked.update(state=State.REFUSED, last_error=refusal.detail[:500]):
            note_order(Order.objects.get(pk=row.order_id), "capture_refused", detail=refusal.detail)
            end_promise(row.order_id)

    transact("orders", end)


def _change(row: OrderCapture, **changes: Any) -> None:
    asked = OrderCapture.objects.filter(pk=row.pk, state=State.ASKED)
    transact("orders", lambda: asked.update(**changes))
