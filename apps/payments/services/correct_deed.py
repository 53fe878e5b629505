"""What finance did is written with the claim, before the provider is asked: where it then says otherwise, so do we."""

from __future__ import annotations

from uuid import UUID

from apps.payments.contracts import PaymentStatus
from apps.payments.models import FinanceKind, FinanceOperation, Payment
from apps.payments.providers import IntentState
from shop.ids import derived_id
from shop.money import Money

from .newly_received import newly_received

ACTOR = "provider"


def correct_what_came_otherwise(payment: Payment, state: IntentState) -> None:
    """In the transaction that writes `state`, with the row as it was before."""
    asked = payment.void_id or payment.capture_id
    if asked is None or state.status in (PaymentStatus.NEW, PaymentStatus.OPEN, PaymentStatus.PROCESSING):
        return
    captured = newly_received(payment, state)
    if captured and payment.void_id:
        correct_deed(payment, asked, f"Nothing was let go: {captured} had been captured.", captured)
    elif captured and captured.amount != payment.capture_minor:
        correct_deed(payment, asked, f"{captured} were captured, not what was asked for.", captured)
    elif not captured and not payment.void_id:
        correct_deed(payment, asked, "Nothing was captured: what was set aside had been let go.")


def correct_deed(payment: Payment, operation_id: UUID, why: str, amount: Money | None = None) -> None:
    """Answer a deed by a second row, as nothing written is changed; a capture that orders asked for is no deed.

    Once: what is said first stands.
    """
    corrected = derived_id(operation_id, "corrected")
    known = set(FinanceOperation.objects.filter(pk__in=[operation_id, corrected]).values_list("pk", flat=True))
    if known != {operation_id}:
        return
    FinanceOperation(
        id=corrected,
        kind=FinanceKind.CORRECTED,
        order_id=payment.pk,
        amount_minor=amount.amount if amount else 0,
        currency=amount.currency if amount else "",
        reference=payment.provider_reference[:140],
        note=why[:500],
        actor=ACTOR,
    ).save(force_insert=True)
