"""Open the one payment of an order: the row first, then the provider, then what it said."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from django.conf import settings

from apps.payments.contracts import (
    AccountClosed,
    Payer,
    PaymentMethod,
    PaymentRefused,
    PaymentSheet,
    PaymentStatus,
    PaymentSucceeded,
)
from apps.payments.models import Payment
from apps.payments.providers import Refused, provider, provider_for
from apps.payments.queries import sheet_of
from apps.payments.rules import check_amount
from shop import clock
from shop.db import transact
from shop.events import publish
from shop.faults import fault
from shop.money import Money

from .apply_intent import close_refused, learn
from .ensure_customer import ensure_customer, find_customer
from .ensure_intent import AUTOMATIC, ensure_intent
from .find_payment import find_payment, insert_or_load

CLOSED = (PaymentStatus.CANCELED, PaymentStatus.SUCCEEDED, PaymentStatus.AUTHORIZED)
"""The buyer can do nothing more."""


def open_payment(
    *,
    order_id: UUID,
    order_number: str,
    amount: Money,
    email: str,  # noqa: ARG001
    method: PaymentMethod = PaymentMethod.CARD,
    payer: Payer | None = None,
) -> PaymentSheet:
    """Open it, or answer the one that is open; see `api.open_payment`.

    `email` is not given to Stripe, which would write receipts of its own; other providers need it.
    """
    payment = find_payment(order_id)
    if payment is None:
        check_amount(amount, provider_for(method).minimum(amount.currency))
        first = _first_row(order_id, order_number, amount, method)
        if payer is not None and first.provider == provider().name:
            _name_buyer(first, payer)
        payment = insert_or_load(first)
    fault("payments.open.row")
    if payment.refusal:
        raise PaymentRefused(payment.last_error, reason=payment.refusal)
    if amount.amount == 0 and payment.status == PaymentStatus.NEW:
        payment = _settle_nothing(payment)
    if payment.status in CLOSED:
        return sheet_of(payment, amount=_due_or_paid(payment, amount))
    if payment.amount != amount:
        raise PaymentRefused("This order's payment was opened with another amount.", reason="other_amount")
    try:
        payment, state = learn(payment, ensure_intent)
    except Refused as no:
        close_refused(payment, reason=no.reason, message=str(no))
        raise PaymentRefused(str(no), reason=no.reason) from no
    fault("payments.open.stored")
    return sheet_of(payment, amount=_due_or_paid(payment, amount), client_secret=state.client_secret)


def _due_or_paid(payment: Payment, amount: Money) -> Money:
    """The caller compares it with its total: money that came counts as what it is, not as what was asked for."""
    came = {PaymentStatus.SUCCEEDED: payment.amount_received, PaymentStatus.AUTHORIZED: payment.amount_authorized}
    return came.get(PaymentStatus(payment.status), amount)


def _first_row(order_id: UUID, order_number: str, amount: Money, method: PaymentMethod) -> Payment:
    return Payment(
        order_id=order_id,
        order_number=order_number,
        method=method,
        provider=provider_for(method).name if amount.amount else "none",
        capture=_capture(amount, method),
        currency=amount.currency,
        amount_minor=amount.amount,
    )


def _name_buyer(payment: Payment, payer: Payer) -> None:
    """A customer is made at the provider only for who saves something: the others have nothing there to pay with."""
    with suppress(AccountClosed):
        known = ensure_customer if payer.save_method else find_customer
        payment.customer_reference, payment.save_method = known(payer.customer_id), payer.save_method


def _capture(amount: Money, method: PaymentMethod) -> str:
    """Only a card's money can be set aside."""
    return settings.PAYMENTS_CAPTURE if amount.amount and method is PaymentMethod.CARD else AUTOMATIC


def _settle_nothing(payment: Payment) -> Payment:
    """Nothing to pay is paid at once. Whoever makes the move tells of it."""
    now = clock.now()

    def write() -> None:
        rows = Payment.objects.filter(pk=payment.pk, status=PaymentStatus.NEW, amount_minor=0)
        if rows.update(status=PaymentStatus.SUCCEEDED, succeeded_at=now, revision=payment.revision + 1):
            publish(PaymentSucceeded(order_id=payment.order_id, amount=payment.amount, paid_at=now), key=payment.pk)

    transact("payments", write)
    return find_payment(payment.pk) or payment
