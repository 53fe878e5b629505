"""Finance takes authorized money before its goods leave, or only a part of it."""

from __future__ import annotations

from uuid import UUID

from apps.payments import contracts
from apps.payments.contracts import CaptureRefused
from apps.payments.models import FinanceKind, FinanceOperation, PaymentCapture
from shop.money import Money

from .capture_payment import capture_with
from .find_payment import load_payment


def capture_early(
    *, operation_id: UUID, order_id: UUID, amount: Money | None, actor: str, final: bool = True
) -> contracts.Capture:
    """Take `amount`, or all that is still set aside, once per operation; who did it is written with the claim.

    Unless it is `final`, the rest stays set aside. Raises PaymentNotFound, CaptureRefused.
    """
    payment = load_payment(order_id)
    before = PaymentCapture.objects.filter(pk=operation_id).first()
    if (
        before is None
        and payment.capture_id != operation_id
        and FinanceOperation.objects.filter(pk=operation_id).exists()
    ):
        raise CaptureRefused("This was tried, and the provider refused it: ask anew.", reason="refused_before")
    wanted = amount or (before.asked if before else payment.amount_capturable)
    operation = FinanceOperation(
        id=operation_id,
        kind=FinanceKind.CAPTURED,
        order_id=order_id,
        amount_minor=wanted.amount,
        currency=wanted.currency,
        actor=actor,
    )
    return capture_with(operation_id, order_id, wanted, final=final, deed=lambda: operation.save(force_insert=True))
