"""Bring a claimed capture forward: ask for it under its own key, or learn what became of the money."""

from __future__ import annotations

from apps.payments.contracts import CaptureRefused, PaymentStatus
from apps.payments.models import Payment
from apps.payments.providers import IntentState, KeySpent, Refused, provider
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault
from shop.money import Money

from .apply_intent import learn
from .correct_deed import correct_deed


def push_capture(payment: Payment) -> Payment:
    """Take what was claimed and write what is true then.

    The provider takes once and refuses a second time, so whatever it refuses is answered by its state. If that is
    still authorized, it will never take this: the claim is given up and CaptureRefused says why.
    """
    refusal: list[Refused] = []
    payment, _ = learn(payment, lambda now: _take(now, refusal))
    if payment.status == PaymentStatus.AUTHORIZED and refusal:
        _give_up(payment, refusal[-1])
        raise CaptureRefused(str(refusal[-1]), reason=refusal[-1].reason)
    return payment


def _take(payment: Payment, refusal: list[Refused]) -> IntentState:
    if payment.status != PaymentStatus.AUTHORIZED or payment.capture_id is None:
        return provider().retrieve_intent(payment.provider_reference)  # somebody was faster
    try:
        return _ask(payment)
    except Refused as no:
        refusal.append(no)
        return provider().retrieve_intent(payment.provider_reference)
    except KeySpent:
        state = provider().retrieve_intent(payment.provider_reference)
        return _ask_by_next_key(payment) if state.status is PaymentStatus.AUTHORIZED else state


def _ask(payment: Payment) -> IntentState:
    suffix = "" if payment.capture_key_number == 1 else f"-{payment.capture_key_number}"
    state = provider().capture_intent(
        payment.provider_reference,
        amount=Money(payment.capture_minor, payment.currency),
        key=f"capture-{payment.capture_id}{suffix}",
    )
    fault("payments.capture.sent")
    return state


def _ask_by_next_key(payment: Payment) -> IntentState:
    """A failure was saved under this key and nothing was taken."""
    number = payment.capture_key_number + 1

    def use_next() -> int:
        rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision)
        return rows.update(capture_key_number=number, revision=payment.revision + 1)

    if not transact("payments", use_next):
        raise Unavailable("Somebody else is capturing this payment.")
    payment.capture_key_number, payment.revision = number, payment.revision + 1
    return _ask(payment)


def _give_up(payment: Payment, no: Refused) -> None:
    rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision)
    free = {"capture_id": None, "capture_minor": 0, "last_error": f"Capture refused: {no}"[:500]}
    claimed = payment.capture_id

    def write() -> None:
        if rows.update(**free, revision=payment.revision + 1) and claimed is not None:
            correct_deed(payment, claimed, f"Nothing was captured: {no}")

    transact("payments", write)
