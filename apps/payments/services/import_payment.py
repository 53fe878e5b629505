"""Take over a payment that was made elsewhere: a row of history."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from apps.payments import contracts
from apps.payments.contracts import PaymentStatus
from apps.payments.models import Payment
from shop.money import Money

from .find_payment import find_payment
from .ledger import book_received

IMPORTED = "imported"
"""The provider of such a payment: what was paid elsewhere is also sent back elsewhere."""


def import_payment(*, order_id: UUID, order_number: str, amount: Money, paid_at: datetime) -> contracts.Payment:
    """Store it as paid; see `api.import_payment`. A payment that this order has already is left as it is."""
    payment = find_payment(order_id)
    if payment is None:
        payment = Payment(
            order_id=order_id,
            order_number=order_number,
            provider=IMPORTED,
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
