"""The saga's driver: lease an order, run its step with no transaction open, move it, go on.

Promise: whatever crashes, whoever is due is looked at again; a step may run twice and is never lost.
The lease (the `due` column set ahead) only saves double work; that only one move wins is the
revision's doing.
"""

from __future__ import annotations

import logging
import time
from dataclasses import replace
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from apps.orders.models import Order
from apps.payments.contracts import PaymentSheet
from shop import call, clock
from shop.db import transact
from shop.errors import Busy, Unavailable
from shop.faults import fault
from shop.jobs import JOBS, wake

from .move_order import Go, move_order
from .steps import STEPS, LookAgain, Opened

logger = logging.getLogger(__name__)

LONGEST_BACKOFF_SECONDS = 300.0
STEP_SHARE_OF_LEASE = 0.8


def lease_end() -> datetime:
    """Until when nobody else takes an order that is being worked on."""
    return clock.now() + timedelta(seconds=settings.SHOP_LEASE_SECONDS)


def claim_order(order: Order) -> bool:
    """Take the lease of an order that is due. False if it is not due, or somebody else was faster."""
    if order.state not in STEPS or order.due is None or order.due > clock.now():
        return False
    until = lease_end()
    seen = Order.objects.filter(pk=order.pk, revision=order.revision, due=order.due)
    if not transact("orders", lambda: seen.update(due=until, attempts=F("attempts") + 1)):
        return False
    order.due, order.attempts = until, order.attempts + 1
    return True


def advance_order(order: Order, *, until: float | None = None) -> PaymentSheet | None:
    """Run the steps of a claimed order until it waits, ends or fails, or `until` (monotonic) is over.

    Answers the payment sheet if the payment was opened on the way.
    """
    sheet = None
    while order.state in STEPS:
        seconds = settings.SHOP_LEASE_SECONDS * STEP_SHARE_OF_LEASE
        if until is not None:
            seconds = min(seconds, until - time.monotonic())
        if seconds <= 0:
            _hand_over(order)
            break
        answer = _run_step(order, seconds)
        if isinstance(answer, Opened):
            sheet, answer = answer.sheet, answer.go
        if answer is None or not _try_move(order, answer):
            break
    return sheet


def wake_saga() -> None:
    """Have what is due looked at soon, instead of at the next tick."""
    wake(JOBS["orders.advance_due_orders"])


def _run_step(order: Order, seconds: float) -> Go | Opened | None:
    """What the step answers; None when it must be tried again, which is stored then."""
    try:
        with call.scope(timeout=seconds):
            outcome = STEPS[order.state](order)
    except Unavailable as error:
        logger.warning("order %s, %s: unavailable: %s", order.number, order.status, error)
        _back_off(order, repr(error), at_least=error.retry_after if isinstance(error, Busy) else 0.0)
        return None
    except Exception as error:
        logger.exception("order %s, %s", order.number, order.status)
        _back_off(order, repr(error))
        return None
    fault(f"orders.{order.status}.stepped")
    if isinstance(outcome, LookAgain):
        _back_off(order, outcome.why)
        return None
    return outcome


def _try_move(order: Order, go: Go) -> bool:
    """A move that cannot be written waits as a step does, and does not stop the other orders of its batch."""
    try:
        return _move_on(order, go)
    except Exception as error:
        logger.exception("order %s, %s to %s", order.number, order.status, go.to)
        _back_off(order, repr(error))
        return False


def _move_on(order: Order, go: Go) -> bool:
    """Move, and say whether the next step is ours to run at once: its lease is written with the move."""
    at_once = go.due is not None and go.due <= clock.now() and go.to in STEPS
    if at_once:
        go = replace(go, due=lease_end())
    if move_order(order, go, attempts=int(at_once)):
        return at_once
    # Somebody else changed it while we asked: the webhook, a cancellation, a twin whose lease was over.
    lease = order.due
    order.refresh_from_db()
    return (order.due == lease and order.state in STEPS) or claim_order(order)


def _back_off(order: Order, why: str, *, at_least: float = 0.0) -> None:
    seconds = min(LONGEST_BACKOFF_SECONDS, settings.SHOP_BACKOFF_SECONDS * 2 ** min(order.attempts, 12))
    _release(order, clock.now() + timedelta(seconds=max(seconds, at_least)), last_error=why[:500])


def _hand_over(order: Order) -> None:
    """The request's time is over: a worker goes on."""
    _release(order, clock.now())
    wake_saga()


def _release(order: Order, due: datetime, **changes: str) -> None:
    """Only while it is still as we know it: a move by somebody else has its own due."""
    mine = Order.objects.filter(pk=order.pk, revision=order.revision)
    if transact("orders", lambda: mine.update(due=due, **changes)):
        order.due = due
