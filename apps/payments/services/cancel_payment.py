"""See to it that no money can come any more for an order, or learn that it came."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from apps.payments import contracts
from apps.payments.contracts import PaymentStatus
from apps.payments.models import Payment
from apps.payments.providers import IntentState, Refused, provider_for
from shop.faults import fault

from .apply_intent import close_refused, learn
from .ensure_intent import ensure_intent
from .find_payment import find_payment, insert_or_load, load_payment

FINAL = (PaymentStatus.CANCELED, PaymentStatus.SUCCEEDED)


def cancel_payment(*, order_id: UUID) -> contracts.Payment:
    """Cancel at the provider and answer what is true there; see `api.cancel_payment`.

    An intent that a crashed twin may have made is reached through the same idempotency key: the
    key either gives that intent or makes one, and that one is cancelled.
    """
    payment = find_payment(order_id) or insert_or_load(_tombstone(order_id))
    fault("payments.cancel.row")
    if payment.status not in FINAL:
        try:
            payment, _ = learn(payment, _cancel)
        except Refused as no:
            close_refused(payment, reason=no.reason, message=str(no))
            payment = load_payment(order_id)
    return payment.as_contract()


def _cancel(payment: Payment) -> IntentState:
    reference = payment.provider_reference or ensure_intent(payment).reference
    state = provider_for(payment.method).cancel_intent(reference)
    fault("payments.cancel.sent")
    return state


def _tombstone(order_id: UUID) -> Payment:
    """Forbids the payment that may still be on its way to us: `open_payment` finds it and opens nothing."""
    return Payment(
        order_id=order_id,
        provider="none",
        currency=settings.CURRENCIES[0],
        amount_minor=0,
        status=PaymentStatus.CANCELED,
    )
