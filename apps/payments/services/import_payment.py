"""Take over a payment that was made elsewhere: a row of history."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from apps.payments import contracts
from apps.payments.contracts import PaymentMethod, PaymentStatus
from apps.payments.models import Payment
from apps.payments.providers.bank import reference_of
from apps.payments.rules import BANK
from shop.money import Money

from .find_payment import find_payment
from .ledger import book_received

IMPORTED = "imported"
"""The provider of such a payment: what was paid elsewhere is also sent back elsewhere."""


def import_payment(
    *,
    order_id: UUID,
    order_number: str,
    amount: Money,
    paid_at: datetime,
    method: PaymentMethod = PaymentMethod.CARD,
) -> contracts.Payment:
    """Store it as paid; see `api.import_payment`. A payment that this order has already is left as it is."""
    payment, by_bank = find_payment(order_id), method == PaymentMethod.BANK_TRANSFER
    if payment is None:
        payment = Payment(
            order_id=order_id,
            order_number=order_number,
            method=method,
            provider=BANK if by_bank else IMPORTED,
            provider_reference=reference_of(order_id) if by_bank else "",
            currency=amount.currency,
            amount_minor=amount.amount,
            amount_received_minor=amount.amount,
            status=PaymentStatus.SUCCEEDED,
            created_at=paid_at,
            succeeded_at=paid_at,
        )
        payment.save(force_insert=True)
        book_received(payment, amount, reference="", at=paid_at)
    return payment.as_contract()
