"""Act on a stored webhook: it is a reason to ask the provider what is true now, and nothing more."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from apps.payments.models import Payment, ProviderEvent, Refund
from apps.payments.providers import IntentState, Refused, provider
from apps.payments.rules import LAST_ATTEMPT, waiting_time
from shop import clock
from shop.db import transact
from shop.errors import Busy, Unavailable
from shop.faults import fault

from .apply_dispute import learn_dispute
from .apply_intent import learn
from .apply_refund import apply_refund
from .find_payment import find_payment

logger = logging.getLogger(__name__)


def handle_event(event: ProviderEvent) -> bool:
    """Claim, ask, write, and only then call it handled. False if another worker has it.

    After a crash in between it is done again, which changes nothing. A silent provider is waited
    for without end; an event that fails otherwise is dead after some attempts, and seen in the admin.
    """
    if not _claim(event):
        return False
    try:
        note = _act(event)
    except Busy as error:
        due = clock.now() + max(_wait(event), timedelta(seconds=error.retry_after))
        _finish(event, note=f"Waiting: {error}", attempts=min(event.attempts, LAST_ATTEMPT - 1), due=due)
    except Unavailable as error:
        _finish(event, note=f"Waiting: {error}", attempts=min(event.attempts, LAST_ATTEMPT - 1))
    except Exception as error:
        logger.exception("Stripe event %s could not be handled", event.pk)
        dead = event.attempts >= LAST_ATTEMPT
        _finish(event, note=f"{type(error).__name__}: {error}", status=ProviderEvent.DEAD if dead else event.status)
    else:
        fault("payments.event.applied")
        _finish(event, note=note, status=ProviderEvent.HANDLED, handled_at=clock.now())
        fault("payments.event.handled")
    return True


def _claim(event: ProviderEvent) -> bool:
    """Take it for as long as a lease; its due time is also when the next attempt may be."""
    lease = timedelta(seconds=settings.SHOP_LEASE_SECONDS)
    attempts = event.attempts + 1

    def take() -> int:
        rows = ProviderEvent.objects.filter(pk=event.pk, status=ProviderEvent.PENDING, attempts=event.attempts)
        return rows.filter(due=event.due).update(attempts=attempts, due=clock.now() + lease)

    if not transact("payments", take):
        return False
    event.attempts = attempts
    return True


def _finish(event: ProviderEvent, *, note: str, **changes: Any) -> None:
    """Only while the claim is ours: who was slower than its lease must not undo what its successor wrote."""
    due = clock.now() + _wait(event)
    transact(
        "payments",
        lambda: ProviderEvent.objects.filter(pk=event.pk, status=ProviderEvent.PENDING, attempts=event.attempts).update(
            note=note[:500], **({"due": due} | changes)
        ),
    )


def _wait(event: ProviderEvent) -> timedelta:
    return waiting_time(event.attempts - 1, base=settings.SHOP_BACKOFF_SECONDS)


def _act(event: ProviderEvent) -> str:
    if event.type.startswith(("refund.", "charge.refund.")):
        return _refund(event)
    if event.type.startswith("charge.dispute."):
        return _dispute(event)
    if event.intent_reference:
        return _intent(event)
    return "Not about a payment."


def _intent(event: ProviderEvent) -> str:
    reference = event.intent_reference
    payment = Payment.objects.filter(provider_reference=reference).first()
    if payment is None:
        # The webhook can be faster than our own step that stores the reference.
        payment = _payment_named_by(reference)
    if payment is None:
        return "No payment of ours."
    if payment.provider_reference not in ("", reference):
        logger.error("Order %s has a second intent at Stripe: %s", payment.order_id, reference)
        return "A second intent of an order: look into it."
    payment, state = learn(payment, lambda _: provider().retrieve_intent(reference), at=_when(event))
    return f"Payment is {payment.status}, intent is {state.status}."


def _payment_named_by(reference: str) -> Payment | None:
    try:
        state: IntentState = provider().retrieve_intent(reference)
    except Refused:
        return None
    return find_payment(state.order_id) if state.order_id else None


def _refund(event: ProviderEvent) -> str:
    try:
        state = provider().retrieve_refund(event.reference)
    except Refused:
        return "No refund of ours."
    refund = Refund.objects.filter(pk=state.refund_id).first() if state.refund_id else None
    if refund is None:
        return "A refund that was not made here."
    return f"Refund is {apply_refund(refund, state).status}."


def _dispute(event: ProviderEvent) -> str:
    if not event.intent_reference:
        return "A dispute of no payment of ours."
    payment = Payment.objects.filter(provider_reference=event.intent_reference).first()
    payment = payment or _payment_named_by(event.intent_reference)
    if payment is None:
        return "A dispute of no payment of ours."
    try:
        dispute = learn_dispute(payment, event.reference, provider().retrieve_dispute)
    except Refused:
        return "No dispute of ours."
    return f"Dispute is {dispute.status}."


def _when(event: ProviderEvent) -> datetime | None:
    """A success happened when the provider says so; all else is as new as our question."""
    return event.occurred_at if event.type == "payment_intent.succeeded" else None
