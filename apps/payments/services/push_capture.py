"""Bring a claimed capture forward: ask for it under its own key, or learn what became of the money."""

from __future__ import annotations

from uuid import UUID

from apps.payments.contracts import CaptureRefused, PaymentStatus
from apps.payments.models import Payment, PaymentCapture
from apps.payments.providers import IntentState, KeySpent, Refused, provider
from shop.db import transact
from shop.errors import Unavailable
from shop.faults import fault
from shop.money import Money

from .apply_intent import learn
from .correct_deed import correct_deed


def push_capture(payment: Payment) -> Payment:
    """Take what was claimed and write what is true then.

    A final capture is taken once and refused a second time, so whatever is refused is answered by the provider's state.
    If nothing was taken by that, it will never be: the claim is given up and CaptureRefused says why.
    """
    refusal: list[Refused] = []
    claimed = payment.capture_id
    payment, _ = learn(payment, lambda now: _take(now, claimed, refusal))
    if payment.status == PaymentStatus.AUTHORIZED and payment.capture_id == claimed and refusal:
        _give_up(payment, refusal[-1])
        raise CaptureRefused(str(refusal[-1]), reason=refusal[-1].reason)
    return payment


def _take(payment: Payment, claimed: UUID | None, refusal: list[Refused]) -> IntentState:
    if payment.status != PaymentStatus.AUTHORIZED or payment.capture_id != claimed:
        return provider().retrieve_intent(payment.provider_reference)  # somebody was faster
    final = not is_part(claimed)
    if not final and _was_taken(payment, state := provider().retrieve_intent(payment.provider_reference)):
        return state  # a provider forgets keys after a day, and would take a part again
    try:
        return _ask(payment, final=final)
    except Refused as no:
        refusal.append(no)
        return provider().retrieve_intent(payment.provider_reference)
    except KeySpent:
        state = provider().retrieve_intent(payment.provider_reference)
        return state if _was_taken(payment, state) else _ask_by_next_key(payment, final=final)


def is_part(capture_id: UUID | None) -> bool:
    """Whether more captures may follow this one."""
    return capture_id is not None and PaymentCapture.objects.filter(pk=capture_id, final=False).exists()


def _was_taken(payment: Payment, state: IntentState) -> bool:
    """More was taken than we know of, or all is over: as one capture at a time is under way, by this one."""
    return state.status is not PaymentStatus.AUTHORIZED or state.received.amount > payment.amount_received_minor


def _ask(payment: Payment, *, final: bool) -> IntentState:
    suffix = "" if payment.capture_key_number == 1 else f"-{payment.capture_key_number}"
    state = provider().capture_intent(
        payment.provider_reference,
        amount=Money(payment.capture_minor, payment.currency),
        key=f"capture-{payment.capture_id}{suffix}",
        final=final,
    )
    fault("payments.capture.sent")
    return state


def _ask_by_next_key(payment: Payment, *, final: bool) -> IntentState:
    """A failure was saved under this key and nothing was taken."""
    number = payment.capture_key_number + 1

    def use_next() -> int:
        rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision)
        return rows.update(capture_key_number=number, revision=payment.revision + 1)

    if not transact("payments", use_next):
        raise Unavailable("Somebody else is capturing this payment.")
    payment.capture_key_number, payment.revision = number, payment.revision + 1
    return _ask(payment, final=final)


def _give_up(payment: Payment, no: Refused) -> None:
    rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision)
    free = {"capture_id": None, "capture_minor": 0, "last_error": f"Capture refused: {no}"[:500]}
    claimed = payment.capture_id

    def write() -> None:
        if rows.update(**free, revision=payment.revision + 1) and claimed is not None:
            PaymentCapture.objects.filter(pk=claimed, done_at=None).delete()
            correct_deed(payment, claimed, f"Nothing was captured: {no}")

    transact("payments", write)
