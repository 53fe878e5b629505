"""What payments answers without changing anything."""

from __future__ import annotations

from uuid import UUID

from shop.money import Money

from . import contracts
from .contracts import (
    PaymentMethod,
    PaymentNotFound,
    PaymentSheet,
    PaymentStatus,
    ProviderEventNotFound,
    ReconciliationNotFound,
)
from .models import (
    Dispute,
    FinanceOperation,
    LedgerEntry,
    Payment,
    PaymentCapture,
    ProviderEvent,
    ReconciliationRun,
    Refund,
)
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


def find_row(order_id: UUID) -> Payment:
    """The payment for staff. Raises PaymentNotFound."""
    return _payment(order_id)


def captures_of(payment: Payment) -> list[PaymentCapture]:
    """Oldest first; none of a payment that was not authorized first, or was captured by an earlier version."""
    return list(PaymentCapture.objects.filter(payment_id=payment.pk).order_by("at", "pk"))


def refunds_of(payment: Payment) -> list[Refund]:
    """Oldest first."""
    return list(Refund.objects.filter(payment_id=payment.pk).order_by("created_at", "pk"))


def entries_of(payment: Payment) -> list[LedgerEntry]:
    """What the books say of it, oldest first."""
    return list(LedgerEntry.objects.filter(order_id=payment.pk).order_by("at", "posting_id", "pk"))


def events_of(payment: Payment) -> list[ProviderEvent]:
    """What the provider told of it, the newest first; the last hundred."""
    if not payment.provider_reference:
        return []
    rows = ProviderEvent.objects.filter(intent_reference=payment.provider_reference).defer("payload")
    return list(rows.order_by("-received_at", "-pk")[:100])


def disputes_of(payment: Payment) -> list[Dispute]:
    """Oldest first."""
    return list(Dispute.objects.filter(order_id=payment.pk).order_by("opened_at"))


def operations_of(payment: Payment) -> list[FinanceOperation]:
    """What finance did with it, oldest first."""
    return list(FinanceOperation.objects.filter(order_id=payment.pk).order_by("at"))


def get_event(event_id: str) -> ProviderEvent:
    """One event as it came. Raises ProviderEventNotFound."""
    event = ProviderEvent.objects.filter(pk=event_id).first()
    if event is None:
        raise ProviderEventNotFound("The provider has told no event with this id.")
    return event


def get_run(run_id: UUID) -> ReconciliationRun:
    """One comparison with the provider. Raises ReconciliationNotFound."""
    run = ReconciliationRun.objects.filter(pk=run_id).first()
    if run is None:
        raise ReconciliationNotFound("There was no comparison with this id.")
    return run


def _payment(order_id: UUID) -> Payment:
    payment = Payment.objects.filter(pk=order_id).first()
    if payment is None:
        raise PaymentNotFound(order_id=order_id)
    return payment
