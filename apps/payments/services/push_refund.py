"""Bring one pending refund forward: send it, or ask what became of it."""

from __future__ import annotations

from apps.payments.models import Refund
from apps.payments.providers import KeySpent, RefundState, Refused, provider_for
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault
from shop.money import Money

from .apply_refund import apply_refund
from .ensure_intent import KEYS_ARE_KEPT


def push_refund(refund: Refund) -> Refund:
    """Send it under its own key, or ask about the one that was sent; write what is true."""
    known = refund.provider_reference
    state = provider_for(refund.method).retrieve_refund(known) if known else _send(refund)
    return apply_refund(refund, state)


def _send(refund: Refund) -> RefundState:
    intent = refund.payment.provider_reference
    if not intent:
        raise Refused("paid_elsewhere", "This was not paid through the provider: send it back where it was paid.")
    if clock.now() - refund.key_since > KEYS_ARE_KEPT:
        return _look_or_use_next_key(refund, intent)
    try:
        return _ask(refund, intent)
    except KeySpent:
        return _look_or_use_next_key(refund, intent)


def _ask(refund: Refund, intent: str) -> RefundState:
    suffix = "" if refund.key_number == 1 else f"-{refund.key_number}"
    state = provider_for(refund.method).refund(
        intent=intent,
        refund_id=refund.refund_id,
        order_id=refund.payment_id,
        amount=Money(refund.amount_minor, refund.currency),
        key=f"refund-{refund.refund_id}{suffix}",
    )
    fault("payments.refund.sent")
    return state


def _look_or_use_next_key(refund: Refund, intent: str) -> RefundState:
    found = provider_for(refund.method).find_refund(intent=intent, refund_id=refund.refund_id)
    if found is not None:
        return found
    number, since = refund.key_number + 1, clock.now()

    def use_next() -> int:
        rows = Refund.objects.filter(pk=refund.pk, key_number=refund.key_number)
        return rows.update(key_number=number, key_since=since)

    if not transact("payments", use_next):
        raise Unavailable("Somebody else is sending this refund.")
    refund.key_number, refund.key_since = number, since
    return _ask(refund, intent)
