"""Before a parcel leaves on money that is set aside, payments promises that no clerk lets go of it meanwhile."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F, QuerySet

from apps.orders.contracts import IllegalMove, OrderStatus
from apps.orders.models import CapturePromise, Order
from apps.payments import api as payments
from apps.payments.contracts import Payment, PaymentStatus
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault
from shop.jobs import JOBS, wake

from .advance_order import LONGEST_BACKOFF_SECONDS, lease_end

logger = logging.getLogger(__name__)

TRIES = 5


class PromiseEnded(Exception):
    """Nobody keeps it any more: nothing was written on it."""


def ask_promise(order: Order) -> int:
    """The number of a promise on which a parcel may leave. No transaction may be open.

    Raises IllegalMove where the money is let go, is being let go, or has lapsed, also while the news is under way to
    us; PromiseEnded where a worker has withdrawn it meanwhile.
    """
    number = _open(order.pk)
    fault("orders.promise.open")
    payment = payments.promise_capture(order_id=order.pk, number=number)
    fault("orders.promise.asked")
    try:
        _check(order, payment)
    except IllegalMove:
        _give_back(order.pk, number)
        raise
    if payment.status is not PaymentStatus.SUCCEEDED and payment.promised != number:
        _give_back(order.pk, number)
        raise PromiseEnded
    return number


def leave_on(order: Order, number: int, *, asked: bool) -> None:
    """Inside the parcel's transaction: from here on it is kept until its capture is `asked` for and ended.

    Raises PromiseEnded, so that no parcel is written.
    """
    due = None if asked else lease_end()
    if not _kept(order.pk, number).update(due=due):
        raise PromiseEnded


def end_promise(order_id: UUID) -> None:
    """Inside the transaction that writes that its capture was refused: what is still set aside is finance's again."""
    if CapturePromise.objects.filter(pk=order_id, open=True).update(open=False, due=clock.now()):
        wake(JOBS["orders.withdraw_promises"])


def withdraw_promise(row: CapturePromise) -> bool:
    """No parcel leaves on it any more, then payments hears of it. False if another worker has it, or a parcel left."""
    seconds = min(LONGEST_BACKOFF_SECONDS, settings.SHOP_BACKOFF_SECONDS * 2 ** min(row.attempts, 12))
    until = clock.now() + timedelta(seconds=max(seconds, settings.SHOP_LEASE_SECONDS))
    seen = CapturePromise.objects.filter(pk=row.pk, number=row.number, due=row.due)
    if not transact("orders", lambda: seen.update(open=False, due=until, attempts=F("attempts") + 1)):
        return False
    fault("orders.promise.withdrawing")
    closed = CapturePromise.objects.filter(pk=row.pk, number=row.number, open=False)
    try:
        payments.withdraw_promise(order_id=row.pk, number=row.number)
    except Exception as error:
        if not isinstance(error, Unavailable):
            logger.exception("Promise of order %s", row.pk)  # the others must be
        told = repr(error)[:500]
        transact("orders", lambda: closed.update(last_error=told))
    else:
        transact("orders", lambda: closed.update(due=None, last_error=""))
    return True


def _open(order_id: UUID) -> int:
    """Written before payments is asked: whatever dies then, a worker withdraws it."""
    row = CapturePromise.objects.filter(pk=order_id).first() or _first(order_id)
    for _ in range(TRIES):
        if row.open and row.due is None:
            return row.number  # a parcel has left on it
        if (number := _renewed(row)) is not None:
            return number
        row.refresh_from_db()
    raise Unavailable("The order is changing right now.", retry_after=1)


def _renewed(row: CapturePromise) -> int | None:
    """One that is open for longer, one that was closed by the next number; None if somebody changed it."""
    seen = CapturePromise.objects.filter(pk=row.pk, number=row.number, open=row.open)
    mine = seen.filter(due__isnull=False) if row.open else seen
    number = row.number if row.open else row.number + 1
    changes = {"number": number, "open": True, "due": lease_end(), "attempts": 0}
    return number if transact("orders", lambda: mine.update(**changes)) else None


def _first(order_id: UUID) -> CapturePromise:
    row = CapturePromise(order_id=order_id, due=lease_end())
    try:
        transact("orders", lambda: row.save(force_insert=True))
    except IntegrityError:
        return CapturePromise.objects.get(pk=order_id)  # another parcel was faster
    return row


def _check(order: Order, payment: Payment) -> None:
    partly = order.state == OrderStatus.PARTLY_SHIPPED
    if payment.lapsed:
        raise refusal(order, "The money that was set aside for it has lapsed.", "lapsed")
    if payment.status is PaymentStatus.CANCELED or (payment.let_go and partly):
        raise refusal(order, "The money that was set aside for it was let go.", "let_go")
    if payment.letting_go:
        told = "The money that is set aside for it is being let go: ask again when the provider has answered."
        raise IllegalMove(told, status=order.status, reason="being_let_go")


def refusal(order: Order, told: str, reason: str) -> IllegalMove:
    """Why no parcel leaves, and of one that is partly shipped what then."""
    if order.state == OrderStatus.PARTLY_SHIPPED:
        told += " What is left to send stays here until finance accepts the order as it is paid."
    return IllegalMove(told, status=order.status, reason=reason)


def _give_back(order_id: UUID, number: int) -> None:
    """Nothing was promised, or nothing leaves: withdrawn by a worker, unless a parcel has left on it."""
    mine = _kept(order_id, number).filter(due__isnull=False)

    def write() -> None:
        if mine.update(due=clock.now()):
            wake(JOBS["orders.withdraw_promises"])

    transact("orders", write)


def _kept(order_id: UUID, number: int) -> QuerySet[CapturePromise]:
    return CapturePromise.objects.filter(pk=order_id, number=number, open=True)
