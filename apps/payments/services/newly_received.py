"""What the provider says that it got since a payment's row was written."""

from __future__ import annotations

from apps.payments.contracts import PaymentStatus
from apps.payments.models import Payment
from apps.payments.providers import IntentState
from shop.money import Money

MAY_HOLD = (PaymentStatus.SUCCEEDED, PaymentStatus.AUTHORIZED)


def newly_received(payment: Payment, state: IntentState) -> Money:
    """In the currency of what came, which a payment changed at the provider's own page may have another of."""
    if state.status not in MAY_HOLD:
        return Money.zero(state.received.currency)
    known = payment.amount_received_minor if state.received.currency == payment.currency else 0
    return Money(max(0, state.received.amount - known), state.received.currency)
