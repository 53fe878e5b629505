"""Write what the provider said of an intent: only forward, only once, with its event in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings

from apps.payments.contracts import (
    PaymentAuthorized,
    PaymentCaptured,
    PaymentFailed,
    PaymentPartlyCaptured,
    PaymentStatus,
    PaymentSucceeded,
    PaymentVoided,
    VoidReason,
)
from apps.payments.models import Payment, PaymentCapture
from apps.payments.providers import IntentState, provider_for
from apps.payments.rules import MOVES, NEVER, waiting_time
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.events import Event, publish
from shop.ids import derived_id

from .correct_deed import correct_what_came_otherwise
from .find_payment import load_payment
from .ledger import book_received
from .newly_received import newly_received

FIRST_CHECK = 60
"""A webhook that is later than so many base waiting times is asked for."""


def learn(
    payment: Payment, ask: Callable[[Payment], IntentState], *, at: datetime | None = None
) -> tuple[Payment, IntentState]:
    """Ask the provider and write the answer; ask again if somebody wrote while we asked."""
    for _ in range(4):
        state = ask(payment)
        written = apply_intent(payment, state, at=at or clock.now())
        if written is not None:
            return written, state
        payment = load_payment(payment.order_id)
    raise Unavailable("This payment changes faster than it can be read.")


def apply_intent(payment: Payment, state: IntentState, *, at: datetime) -> Payment | None:
    """Bring the row to `state`, heard after `payment` was read. None if it has changed since: nothing is written."""
    changes = _changes(payment, state, at)
    if not changes:
        return payment

    def write() -> bool:
        rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision)
        if not rows.update(revision=payment.revision + 1, **changes):
            return False
        if "status" in changes or "amount_received_minor" in changes:
            _write_down(payment, state, at)
        if (event := _news(payment, state, changes, at)) is not None:
            publish(event, key=payment.order_id)
        return True

    if not transact("payments", write):
        return None
    for name, value in changes.items():
        setattr(payment, name, value)
    payment.revision += 1
    return payment


def _write_down(payment: Payment, state: IntentState, at: datetime) -> None:
    """The books, the capture that is done by it, and what finance believed to do."""
    if more := newly_received(payment, state):
        posting = derived_id(payment.order_id, f"received:{state.received.amount}")
        first = not payment.amount_received_minor
        book_received(payment, more, reference=state.reference, at=at, of=None if first else posting)
        if payment.capture_id:
            PaymentCapture.objects.filter(pk=payment.capture_id).update(done_at=at, taken_minor=more.amount)
    correct_what_came_otherwise(payment, state)


def close_refused(payment: Payment, *, reason: str, message: str) -> None:
    """The provider will never take this payment: no intent exists and none can come."""
    changes = {"status": PaymentStatus.CANCELED, "refusal": reason[:64], "last_error": message[:500]}

    def write() -> None:
        Payment.objects.filter(pk=payment.pk, revision=payment.revision).update(
            revision=payment.revision + 1, **changes
        )

    transact("payments", write)


def _changes(payment: Payment, state: IntentState, at: datetime) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if not payment.provider_reference:
        changes["provider_reference"] = state.reference
    if state.status in MOVES[PaymentStatus(payment.status)]:
        changes["status"] = state.status
        changes["due"] = _next_check(payment)
        changes["lapsed"] = payment.status == PaymentStatus.AUTHORIZED and _lapsed(payment, state)
        if state.status is PaymentStatus.SUCCEEDED:
            changes |= {"amount_received_minor": state.received.amount, "succeeded_at": at, "last_error": ""}
        if state.status is PaymentStatus.AUTHORIZED:
            aside = state.authorized + state.received  # parts may have been taken at the provider's own page
            changes |= {"authorized_minor": aside.amount, "authorized_at": at, "last_error": ""}
    elif state.status is PaymentStatus.AUTHORIZED == payment.status and newly_received(payment, state):
        changes |= {"amount_received_minor": state.received.amount, "due": _next_check(payment), "last_error": ""}
        changes |= {"capture_id": None, "capture_minor": 0}
    declined = state.failure_id and state.failure_id != payment.last_failure
    if declined and state.status is PaymentStatus.OPEN and payment.status != PaymentStatus.SUCCEEDED:
        changes |= {"last_failure": state.failure_id[:255], "last_error": state.failure_reason[:500]}
    return changes


def _next_check(payment: Payment) -> datetime:
    if not provider_for(payment.method).is_remote:
        return NEVER
    return clock.now() + waiting_time(0, base=settings.SHOP_BACKOFF_SECONDS * FIRST_CHECK)


def _news(payment: Payment, state: IntentState, changes: dict[str, Any], at: datetime) -> Event | None:
    """What this change is for others; the row is still as it was before."""
    order_id, status = payment.order_id, changes.get("status")
    was_authorized = payment.status == PaymentStatus.AUTHORIZED
    if was_authorized and (status is PaymentStatus.SUCCEEDED or "amount_received_minor" in changes):
        return _taken(payment, state, at)
    if status is PaymentStatus.SUCCEEDED:
        return PaymentSucceeded(order_id=order_id, amount=state.received, paid_at=at)
    if status is PaymentStatus.AUTHORIZED:
        return PaymentAuthorized(order_id=order_id, amount=state.authorized, authorized_at=at)
    if status is PaymentStatus.CANCELED and was_authorized:
        reason = VoidReason.EXPIRED if state.lapsed else VoidReason.CANCELED
        return PaymentVoided(order_id=order_id, amount=payment.amount_authorized, reason=reason, voided_at=at)
    if "last_failure" in changes:
        failure_id = derived_id(order_id, f"failure:{payment.revision}")
        return PaymentFailed(order_id=order_id, failure_id=failure_id, reason=state.failure_reason, failed_at=at)
    return None


def _taken(payment: Payment, state: IntentState, at: datetime) -> Event:
    if state.status is PaymentStatus.SUCCEEDED:
        return PaymentCaptured(
            order_id=payment.order_id,
            amount=state.received,
            captured_at=at,
            let_go=_let_go(payment, state),
            lapsed=_lapsed(payment, state),
        )
    more = newly_received(payment, state)
    return PaymentPartlyCaptured(order_id=payment.order_id, amount=more, total=state.received, captured_at=at)


def _let_go(payment: Payment, state: IntentState) -> bool:
    """Whether no capture left the rest of what ended with a part of it."""
    left = state.received.currency == payment.currency and state.received < payment.amount_authorized
    # A provider may not say that it lapsed: then nothing came that a capture could have taken.
    return left and (payment.void_id is not None or state.lapsed or not newly_received(payment, state))


def _lapsed(payment: Payment, state: IntentState) -> bool:
    """Whether what was set aside, or its rest, ended without a capture and without finance."""
    if state.status is PaymentStatus.CANCELED:
        return state.lapsed
    return _let_go(payment, state) and payment.void_id is None
