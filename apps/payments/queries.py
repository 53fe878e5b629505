"""What payments answers without changing anything."""

from __future__ import annotations

from uuid import UUID

from shop.money import Money

from . import contracts
from .contracts import PaymentMethod, PaymentNotFound, PaymentSheet, PaymentStatus
from .models import Payment
from .providers import provider, provider_for


def get_payment(*, order_id: UUID) -> contracts.Payment:
    """What is known here; see `api.get_payment`."""
    return _payment(order_id).as_contract()


def get_payment_sheet(*, order_id: UUID) -> PaymentSheet:
    """What is known here, with the secret and the status that the provider tells now."""
    payment = _payment(order_id)
    if not payment.provider_reference:
        return sheet_of(payment, amount=payment.amount)
    state = provider_for(payment.method).retrieve_intent(payment.provider_reference)
    payment.status = state.status
    return sheet_of(payment, amount=payment.amount, client_secret=state.client_secret)


def get_minimums(*, currency: str) -> Money:
    """The provider's table; see `api.get_minimums`."""
    return provider().minimum(currency)


def sheet_of(payment: Payment, *, amount: Money, client_secret: str = "") -> PaymentSheet:
    """The row with the provider's answer. Secret and instructions are there only while something can be paid."""
    whose = provider_for(payment.method)
    open_now = payment.status in (PaymentStatus.OPEN, PaymentStatus.PROCESSING)
    return PaymentSheet(
        order_id=payment.order_id,
        provider=payment.provider,
        publishable_key=whose.publishable_key if payment.provider_reference else "",
        client_secret=client_secret if open_now else "",
        status=PaymentStatus(payment.status),
        amount=amount,
        method=PaymentMethod(payment.method),
        instructions=whose.instructions(order_number=payment.order_number, amount=amount) if open_now else None,
    )


def _payment(order_id: UUID) -> Payment:
    payment = Payment.objects.filter(pk=order_id).first()
    if payment is None:
        raise PaymentNotFound(order_id=order_id)
    return payment
