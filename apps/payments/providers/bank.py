"""Our own bank account: nobody can be asked, so the truth is our row, which finance moves by what the bank shows."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.conf import settings

from apps.payments.contracts import BankInstructions, PaymentRefused, PaymentStatus, RefundStatus
from apps.payments.models import Payment, Refund
from apps.payments.rules import BANK
from shop.money import Money

from .protocol import IntentState, NewIntent, RefundState, Refused


class BankTransferProvider:
    """Reads, and decides nothing: whoever asked writes the answer, if the row is still what was read."""

    name = BANK
    publishable_key = ""
    is_remote = False

    def minimum(self, currency: str) -> Money:
        """One cent, in the currencies that the account takes. Raises PaymentRefused."""
        if settings.BANK_TRANSFER is None:
            raise PaymentRefused("This shop takes no bank transfers.", reason="method_off")
        if currency not in settings.BANK_TRANSFER.currencies:
            raise PaymentRefused(f"Our bank account takes no {currency}.", reason="unknown_currency")
        return Money(1, currency)

    def instructions(self, *, order_number: str, amount: Money) -> BankInstructions | None:
        """The account as it is configured now."""
        account = settings.BANK_TRANSFER
        if account is None:
            return None
        return BankInstructions(
            holder=account.holder, iban=account.iban, bic=account.bic, reference=order_number, amount=amount
        )

    def open_intent(self, wanted: NewIntent, *, key: str) -> IntentState:  # noqa: ARG002
        """Nothing to make: the row is the intent."""
        return _state(wanted.order_id, PaymentStatus.OPEN, Money.zero(wanted.amount.currency))

    def find_intent(self, *, order_id: UUID, since: datetime) -> IntentState | None:  # noqa: ARG002
        """As `retrieve_intent`."""
        row = Payment.objects.filter(pk=order_id).first()
        return None if row is None else _of(row)

    def retrieve_intent(self, reference: str) -> IntentState:
        """What the row says now."""
        row = Payment.objects.filter(provider_reference=reference).first()
        if row is None:
            raise Refused("resource_missing")
        return _of(row)

    def cancel_intent(self, reference: str) -> IntentState:
        """Canceled unless the money came; a receipt that finance writes meanwhile changes the row's revision."""
        row = Payment.objects.filter(pk=reference.removeprefix(PREFIX)).first()
        if row is None:
            raise Refused("resource_missing")
        state = _of(row)
        if state.status is PaymentStatus.SUCCEEDED:
            return state
        return _state(state.order_id, PaymentStatus.CANCELED, state.received)

    def refund(self, *, intent: str, refund_id: UUID, order_id: UUID, amount: Money, key: str) -> RefundState:  # noqa: ARG002
        """Promised: finance sends it and says so."""
        return RefundState(reference_of(refund_id), RefundStatus.PENDING, refund_id, "", amount, intent)

    def find_refund(self, *, intent: str, refund_id: UUID) -> RefundState | None:
        """What the row says now."""
        row = Refund.objects.filter(pk=refund_id).first()
        if row is None:
            return None
        amount = Money(row.amount_minor, row.currency)
        return RefundState(reference_of(refund_id), RefundStatus(row.status), refund_id, "", amount, intent)

    def retrieve_refund(self, reference: str) -> RefundState:
        """What the row says now."""
        found = self.find_refund(intent="", refund_id=UUID(reference.removeprefix(PREFIX)))
        if found is None:
            raise Refused("resource_missing")
        return found


PREFIX = "bank-"


def reference_of(identifier: UUID) -> str:
    """Stands where a provider's id would."""
    return f"{PREFIX}{identifier}"


def _of(row: Payment) -> IntentState:
    status = PaymentStatus.OPEN if row.status == PaymentStatus.NEW else PaymentStatus(row.status)
    return _state(row.order_id, status, row.amount_received)


def _state(order_id: UUID | None, status: PaymentStatus, received: Money) -> IntentState:
    reference = reference_of(order_id) if order_id else ""
    nothing = Money.zero(received.currency)
    return IntentState(reference, status, received, nothing, "", order_id, "", "")
