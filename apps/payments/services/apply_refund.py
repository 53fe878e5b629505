"""Write what the provider said of a refund, once, with its event in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import F

from apps.payments.contracts import RefundFailed, RefundStatus, RefundSucceeded
from apps.payments.models import Payment, Refund
from apps.payments.providers import RefundState
from apps.payments.rules import REFUND_MOVES
from shop import clock
from shop.db import transact
from shop.events import publish
from shop.faults import fault
from shop.money import Money

from .ledger import book_refunded, book_returned


def apply_refund(refund: Refund, state: RefundState) -> Refund:
    """Bring the row to `state` if that is forward; old news changes nothing."""
    changes: dict[str, Any] = {}
    if not refund.provider_reference:
        changes["provider_reference"] = state.reference
    if state.status in REFUND_MOVES[RefundStatus(refund.status)]:
        changes |= {"status": state.status, "last_error": state.failure_reason[:500]}
    return _write(refund, changes)


def fail_refund(refund: Refund, *, reason: str) -> Refund:
    """The provider refused it: nothing was sent, so the amount is free again."""
    return _write(refund, {"status": RefundStatus.FAILED, "last_error": reason[:500]})


def succeed_without_provider(refund: Refund) -> Refund:
    """A refund of nothing is done at once."""
    return _write(refund, {"status": RefundStatus.SUCCEEDED})


def succeed_by_hand(refund: Refund, *, also: Callable[[], object]) -> bool:
    """Finance has sent it; `also` is written with it. False if it is not pending any more: nothing is written."""
    return _written(refund, {"status": RefundStatus.SUCCEEDED, "last_error": ""}, also)


def _write(refund: Refund, changes: dict[str, Any]) -> Refund:
    if not changes:
        return refund
    if not _written(refund, changes, lambda: None):
        return Refund.objects.get(pk=refund.pk)
    fault("payments.refund.applied")
    for name, value in changes.items():
        setattr(refund, name, value)
    return refund


def _written(refund: Refund, changes: dict[str, Any], also: Callable[[], object]) -> bool:
    if changes.get("status") is RefundStatus.SUCCEEDED:
        changes["succeeded_at"] = clock.now()

    def write() -> bool:
        written = Refund.objects.filter(pk=refund.pk, status=refund.status).update(**changes)
        if written:
            _follow(refund, changes)
            also()
        return bool(written)

    return transact("payments", write)


def _follow(refund: Refund, changes: dict[str, Any]) -> None:
    """Book and tell how it ended; give a failed amount back to what can be refunded."""
    if changes.get("status") is RefundStatus.SUCCEEDED:
        reference = changes.get("provider_reference", refund.provider_reference)
        book_refunded(refund, reference=reference, at=changes["succeeded_at"])
        publish(_succeeded(refund, changes), key=refund.payment_id)
    elif changes.get("status") is RefundStatus.FAILED:
        if refund.status == RefundStatus.SUCCEEDED:
            book_returned(refund, at=clock.now())
        Payment.objects.filter(pk=refund.payment_id).update(
            amount_refunded_minor=F("amount_refunded_minor") - refund.amount_minor, revision=F("revision") + 1
        )
        publish(_failed(refund, changes), key=refund.payment_id)


def _succeeded(refund: Refund, changes: dict[str, Any]) -> RefundSucceeded:
    return RefundSucceeded(
        order_id=refund.payment_id,
        refund_id=refund.refund_id,
        amount=Money(refund.amount_minor, refund.currency),
        reason=refund.reason,
        refunded_at=changes["succeeded_at"],
    )


def _failed(refund: Refund, changes: dict[str, Any]) -> RefundFailed:
    return RefundFailed(
        order_id=refund.payment_id,
        refund_id=refund.refund_id,
        amount=Money(refund.amount_minor, refund.currency),
        reason=changes["last_error"],
        failed_at=clock.now(),
    )
