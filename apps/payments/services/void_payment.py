"""Let go of authorized money, so that nothing is ever taken, or learn that it was captured before."""

from __future__ import annotations

from uuid import UUID

from apps.payments import contracts
from apps.payments.models import Payment
from apps.payments.providers import IntentState, Refused

from .cancel_payment import close_payment, let_go
from .find_payment import load_payment
from .push_void import note_unknown


class _Untold(Exception):
    """The provider neither lets go of an intent that it made nor tells what became of it."""

    def __init__(self, no: Refused) -> None:
        super().__init__(str(no))
        self.no = no


def void_payment(*, order_id: UUID) -> contracts.Payment:
    """Cancel at the provider whatever is set aside there; see `api.void_payment`.

    Where nothing is told, nothing is written either: the money may still be set aside, or have come. Staff sees it.
    """
    try:
        return close_payment(order_id, _let_go)
    except _Untold as untold:
        payment = load_payment(order_id)
        note_unknown(payment, untold.no)
        return payment.as_contract()


def _let_go(payment: Payment) -> IntentState:
    """A refusal to make an intent is another matter: then none exists."""
    try:
        return let_go(payment)
    except Refused as no:
        if not payment.provider_reference:
            raise
        raise _Untold(no) from no
