"""See to it that no money can come any more for an order, or learn that it came."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.conf import settings

from apps.payments import contracts
from apps.payments.contracts import PaymentStatus
from apps.payments.models import Payment
from apps.payments.providers import IntentState, Refused, provider, provider_for
from shop.faults import fault

from .apply_intent import close_refused, learn
from .ensure_intent import MANUAL, ensure_intent
from .find_payment import find_payment, insert_or_load, load_payment

FINAL = (PaymentStatus.CANCELED, PaymentStatus.SUCCEEDED)
Closing = Callable[[Payment], IntentState]


def cancel_payment(*, order_id: UUID) -> contracts.Payment:
    """Cancel at the provider and answer what is true there; see `api.cancel_payment`."""
    return close_payment(order_id, _cancel)


def close_payment(order_id: UUID, close: Closing) -> contracts.Payment:
    """See to it by `close` that no money can come.

    An intent that a crashed twin may have made is reached through the same idempotency key: the
    key either gives that intent or makes one, and that one is cancelled.
    """
    payment = find_payment(order_id) or insert_or_load(_tombstone(order_id))
    fault("payments.cancel.row")
    if payment.status not in FINAL:
        try:
            payment, _ = learn(payment, close)
        except Refused as no:
            close_refused(payment, reason=no.reason, message=str(no))
            payment = load_payment(order_id)
    return payment.as_contract()


def let_go(payment: Payment) -> IntentState:
    """Cancel whatever can be cancelled, authorized money too."""
    reference = payment.provider_reference or ensure_intent(payment).reference
    if payment.status == PaymentStatus.AUTHORIZED and payment.amount_received_minor:
        state = provider().release_intent(reference)  # of what was captured in parts, the rest
    else:
        state = provider_for(payment.method).cancel_intent(reference)
    fault("payments.cancel.sent")
    return state


def _cancel(payment: Payment) -> IntentState:
    """A buyer whose money is set aside was faster, as if they had paid: to let go of that is another decision."""
    if payment.capture == MANUAL:
        state = ensure_intent(payment)
        if state.status is PaymentStatus.AUTHORIZED:
            return state
    return let_go(payment)


def _tombstone(order_id: UUID) -> Payment:
    """Forbids the payment that may still be on its way to us: `open_payment` finds it and opens nothing."""
    return Payment(
        order_id=order_id,
        provider="none",
        currency=settings.CURRENCIES[0],
        amount_minor=0,
        status=PaymentStatus.CANCELED,
    )
