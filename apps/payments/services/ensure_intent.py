"""The one intent of a payment: made once, and found again after any crash."""

from __future__ import annotations

from datetime import timedelta

from apps.payments.models import Payment
from apps.payments.providers import IntentState, KeySpent, NewIntent, provider_for
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault

AUTOMATIC, MANUAL = "automatic", "manual"
"""`Payment.capture`: taken when it is paid, or only set aside then."""
KEYS_ARE_KEPT = timedelta(hours=23)
"""Stripe forgets idempotency keys after a day; we stop to rely on one a little before."""


def ensure_intent(payment: Payment) -> IntentState:
    """The intent of this payment, made now if there is none.

    The idempotency key makes a repeat harmless as long as the provider keeps it and has saved no
    failure under it. After that we look among the intents themselves before another key is used.
    """
    if payment.provider_reference:
        return provider_for(payment.method).retrieve_intent(payment.provider_reference)
    if clock.now() - payment.key_since > KEYS_ARE_KEPT:
        return _look_or_use_next_key(payment)
    try:
        return _open(payment)
    except KeySpent:
        return _look_or_use_next_key(payment)


def _open(payment: Payment) -> IntentState:
    suffix = "" if payment.key_number == 1 else f"-{payment.key_number}"
    wanted = NewIntent(
        order_id=payment.order_id,
        order_number=payment.order_number,
        amount=payment.amount,
        manual_capture=payment.capture == MANUAL,
    )
    state = provider_for(payment.method).open_intent(wanted, key=f"pi-{payment.order_id}{suffix}")
    fault("payments.open.intent_created")
    return state


def _look_or_use_next_key(payment: Payment) -> IntentState:
    found = provider_for(payment.method).find_intent(order_id=payment.order_id, since=payment.created_at)
    if found is not None:
        return found
    number, since = payment.key_number + 1, clock.now()

    def use_next() -> int:
        rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision, key_number=payment.key_number)
        return rows.update(key_number=number, key_since=since, revision=payment.revision + 1)

    if not transact("payments", use_next):
        raise Unavailable("Somebody else is opening this payment.")
    payment.key_number, payment.key_since, payment.revision = number, since, payment.revision + 1
    return _open(payment)
