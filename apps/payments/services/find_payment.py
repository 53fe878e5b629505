"""Read the payment of an order, or make its first row exactly once."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError

from apps.payments.contracts import PaymentNotFound
from apps.payments.models import Payment
from shop.db import transact


def find_payment(order_id: UUID) -> Payment | None:
    """The row as it is now."""
    return Payment.objects.filter(pk=order_id).first()


def load_payment(order_id: UUID) -> Payment:
    """The row as it is now; PaymentNotFound without one."""
    payment = find_payment(order_id)
    if payment is None:
        raise PaymentNotFound(order_id=order_id)
    return payment


def insert_or_load(payment: Payment) -> Payment:
    """Store this first row, or answer the one that a twin stored faster."""
    try:
        transact("payments", lambda: payment.save(force_insert=True))
    except IntegrityError:
        return load_payment(payment.order_id)
    return payment
