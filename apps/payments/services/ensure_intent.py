"""The one intent of a payment: made once, and found again after any crash."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from apps.payments.models import Payment
from apps.payments.providers import IntentState, KeySpent, NewIntent, Refused, provider_for
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
    try:
        return _ask(payment)
    except Refused as no:
        if no.reason != "resource_missing" or not payment.customer_reference:
            raise
    # The customer was deleted at the provider: the order is paid without what was saved.
    _use_next_key(payment, customer_reference="", save_method=False)
    return _ask(payment)


def _ask(payment: Payment) -> IntentState:
    suffix = "" if payment.key_number == 1 else f"-{payment.key_number}"
    wanted = NewIntent(
        order_id=payment.order_id,
        order_number=payment.order_number,
        amount=payment.amount,
        manual_capture=payment.capture == MANUAL,
        customer=payment.customer_reference,
        save_method=payment.save_method,
    )
    state = provider_for(payment.method).open_intent(wanted, key=f"pi-{payment.order_id}{suffix}")
    fault("payments.open.intent_created")
    return state


def _look_or_use_next_key(payment: Payment) -> IntentState:
    found = provider_for(payment.method).find_intent(order_id=payment.order_id, since=payment.created_at)
    if found is not None:
        return found
    _use_next_key(payment)
    return _open(payment)


def _use_next_key(payment: Payment, **changes: Any) -> None:
    changes |= {"key_number": payment.key_number + 1, "key_since": clock.now(), "revision": payment.revision + 1}
    rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision, key_number=payment.key_number)
    if not transact("payments", lambda: rows.update(**changes)):
        raise Unavailable("Somebody else is opening this payment.")
    for name, value in changes.items():
        setattr(payment, name, value)
