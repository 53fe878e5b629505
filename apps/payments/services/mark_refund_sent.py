"""Finance has sent a refund from our bank account: from then on it is done, and its buyer is told."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from apps.payments.contracts import NotByBank, PaymentMethod, RefundAlreadySent, RefundNotFound, RefundStatus
from apps.payments.models import FinanceKind, FinanceOperation, Refund
from shop import clock
from shop.errors import FieldError, Invalid

from .apply_refund import succeed_by_hand


def mark_refund_sent(*, operation_id: UUID, refund_id: UUID, sent_on: date, reference: str, actor: str) -> Refund:
    """Book it once. A repeat of the operation answers the same; another one learns that it was sent before.

    Raises RefundNotFound, NotByBank, RefundAlreadySent, Invalid.
    """
    refund = Refund.objects.filter(pk=refund_id).first()
    if refund is None:
        raise RefundNotFound("There is no refund with this id.")
    if refund.method != PaymentMethod.BANK_TRANSFER:
        raise NotByBank("The provider sends this refund and says when it is done.")
    if sent_on > clock.now().date():
        raise Invalid(errors=(FieldError("/sent_on", "in_the_future", "This day is still to come."),))
    operation = FinanceOperation(
        id=operation_id,
        kind=FinanceKind.REFUND_SENT,
        order_id=refund.payment_id,
        refund_id=refund.pk,
        amount_minor=refund.amount_minor,
        currency=refund.currency,
        happened_on=sent_on,
        reference=reference,
        actor=actor,
    )
    pending = refund.status == RefundStatus.PENDING
    if not (pending and succeed_by_hand(refund, also=lambda: operation.save(force_insert=True))):
        _refuse_unless_mine(operation_id)
    return Refund.objects.get(pk=refund_id)


def _refuse_unless_mine(operation_id: UUID) -> None:
    if not FinanceOperation.objects.filter(pk=operation_id).exists():
        raise RefundAlreadySent("This refund was marked as sent before.")
