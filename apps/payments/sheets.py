"""What the payment sheet shows: made of the row and of the provider's answer, never stored."""

from __future__ import annotations

from shop.money import Money

from .contracts import PaymentSheet, PaymentStatus
from .models import Payment
from .providers import provider


def sheet_of(payment: Payment, *, amount: Money, client_secret: str = "") -> PaymentSheet:
    """The secret is there only while something can be paid."""
    open_now = payment.status in (PaymentStatus.OPEN, PaymentStatus.PROCESSING)
    return PaymentSheet(
        order_id=payment.order_id,
        provider=payment.provider,
        publishable_key=provider().publishable_key if payment.provider != "none" else "",
        client_secret=client_secret if open_now else "",
        status=PaymentStatus(payment.status),
        amount=amount,
    )
