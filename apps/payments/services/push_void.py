"""Bring a claimed void forward: have it let go, or learn what became of the money, or give the claim up."""

from __future__ import annotations

from uuid import UUID

from apps.payments.contracts import PaymentStatus, VoidRefused
from apps.payments.models import Payment
from apps.payments.providers import IntentState, Refused, provider
from apps.payments.rules import DifferenceKind
from shop.db import transact
from shop.errors import Unavailable

from .apply_intent import learn
from .cancel_payment import let_go
from .correct_deed import correct_deed
from .differences import Found, note_difference
from .find_payment import load_payment

TRIES = 4


def push_void(payment: Payment) -> Payment:
    """Let go of what was claimed and write what is true then.

    Where the provider refuses and has it still set aside, it would refuse again: the claim is given up, and
    VoidRefused says why. Raises Refused if the provider will not even tell what is true.
    """
    claimed = payment.void_id
    for _ in range(TRIES):
        known = payment.amount_received
        payment, state = learn(payment, lambda now: _let_go(now, claimed))
        if payment.status != PaymentStatus.AUTHORIZED or payment.void_id != claimed or not state.refusal:
            return payment
        if payment.amount_received != known:
            continue  # of what was captured in part at the provider's own page, the rest is let go another way
        if _give_up(payment, state.refusal):
            raise VoidRefused("The provider does not let go of it: it is still set aside.", reason=state.refusal)
        payment = load_payment(payment.order_id)  # somebody wrote meanwhile: ask what is true now
    raise Unavailable("This payment changes faster than it can be let go.")


def _let_go(payment: Payment, claimed: UUID | None) -> IntentState:
    if payment.status != PaymentStatus.AUTHORIZED or payment.void_id != claimed:
        return provider().retrieve_intent(payment.provider_reference)  # somebody was faster
    return let_go(payment)


def _give_up(payment: Payment, why: str) -> bool:
    """By the row as it was read: a twin that gave up before has corrected the deed, and a new claim stays."""
    rows = Payment.objects.filter(pk=payment.pk, revision=payment.revision)
    claimed = payment.void_id

    def write() -> bool:
        free = {"void_id": None, "last_error": f"Void refused: {why}"[:500]}
        if not rows.update(**free, revision=payment.revision + 1):
            return False
        if claimed is not None:
            correct_deed(payment, claimed, f"Nothing was let go: {why}")
        return True

    return transact("payments", write)


def still_set_aside(payment: Payment) -> Found:
    """Finance believes that it is gone."""
    told = f"Order {payment.order_number}: {payment.amount_capturable} was to be let go and is still set aside."
    return Found(DifferenceKind.NOT_LET_GO, told, order_id=payment.pk, reference=payment.provider_reference)


def note_unknown(payment: Payment, no: Refused) -> None:
    """The provider does not tell what is true, so the claim stays: nobody captures, and no parcel leaves."""
    reference = payment.provider_reference
    told = f"Order {payment.order_number} is to be let go; the provider tells nothing of {reference}: {no.reason}."
    note_difference(Found(DifferenceKind.MISSING, told, order_id=payment.pk, reference=reference))
