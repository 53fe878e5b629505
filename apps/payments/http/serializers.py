"""Bodies that finance sends, checked strictly, and answers for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from apps.payments.contracts import CaptureStatus, DisputeStatus, PaymentMethod, PaymentStatus, RefundStatus
from apps.payments.models import FinanceKind, ProviderEvent, RunState
from apps.payments.rules import Account, DifferenceKind, Posting
from apps.payments.services.record_bank_receipt import Receipt
from shop.http.schema import example
from shop.http.serializers import Body, MoneyField, page_of
from shop.money import Money

from .examples import (
    BOOKS,
    CAPTURE,
    CAPTURED,
    DIFFERENCE,
    DISPUTE,
    ENTRY,
    EVENT,
    FOUND,
    OPERATION,
    PART,
    PAYMENT,
    RECEIPT,
    REFUND,
    RUN,
    SAVED,
    SENT,
    SETUP,
    SUMMARY,
    VOID,
    VOIDED,
)

EVENT_STATUSES = (ProviderEvent.PENDING, ProviderEvent.HANDLED, ProviderEvent.DEAD)


@example(RECEIPT)
class ReceiptBody(Body):
    amount = MoneyField(help_text="What the bank statement shows.")
    received_on = serializers.DateField(help_text="The day on the bank statement.")
    reference = serializers.CharField(max_length=140, help_text="What the bank calls this line of the statement.")
    note = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    confirm_difference = serializers.BooleanField(
        required=False,
        default=False,
        help_text="It is not what was due, or it is the second time; it came all the same.",
    )

    def validate_amount(self, amount: Money) -> Money:
        """Something came."""
        if amount.amount <= 0:
            raise serializers.ValidationError(ErrorDetail("More than nothing came.", "not_positive"))
        return amount

    def receipt(self) -> Receipt:
        """What `record_bank_receipt` takes."""
        values = self.checked()
        return Receipt(confirmed=values.pop("confirm_difference"), **values)


@example(SENT)
class SentBody(Body):
    sent_on = serializers.DateField(help_text="The day on the bank statement.")
    reference = serializers.CharField(max_length=140, help_text="What the bank calls this line of the statement.")


@example(CAPTURE)
class CaptureBody(Body):
    amount = MoneyField(required=False, help_text="Without it: all that is still set aside.")
    final_capture = serializers.BooleanField(
        required=False, default=True, help_text="false: the rest stays set aside, to be captured later."
    )

    def validate_amount(self, amount: Money) -> Money:
        """Something is taken."""
        if amount.amount <= 0:
            raise serializers.ValidationError(ErrorDetail("To take nothing, cancel the order.", "not_positive"))
        return amount


@example(CAPTURED)
class CaptureAnswer(serializers.Serializer[Any]):
    capture_id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    amount = MoneyField()
    status = serializers.ChoiceField(choices=[status.value for status in CaptureStatus])
    final_capture = serializers.BooleanField(help_text="Whether the rest was let go: also when nothing was left.")


@example(VOID)
class VoidBody(Body):
    note = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="Why; it stands with the operation."
    )


@example(VOIDED)
class VoidAnswer(serializers.Serializer[Any]):
    order_id = serializers.UUIDField()
    amount = MoneyField(help_text="What was still set aside.")
    status = serializers.ChoiceField(
        choices=[PaymentStatus.CANCELED.value, PaymentStatus.SUCCEEDED.value, PaymentStatus.AUTHORIZED.value],
        help_text="succeeded: a part had been captured, the rest was let go.",
    )


@example(SAVED)
class SavedMethodAnswer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Stripe's; good for the payment sheet of your own orders alone.")
    brand = serializers.CharField()
    last4 = serializers.CharField()
    exp_month = serializers.IntegerField()
    exp_year = serializers.IntegerField()


@example({"data": [SAVED]})
class SavedMethodsAnswer(serializers.Serializer[Any]):
    data = SavedMethodAnswer(many=True)  # type: ignore[assignment]  # a field, not DRF's property


@example(SETUP)
class SetupAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    client_secret = serializers.CharField()
    publishable_key = serializers.CharField()
    status = serializers.CharField(help_text="Stripe's: succeeded once it is saved.")


@example({})
class EmptyBody(Body):
    """An empty object, or no body at all."""


@example(SUMMARY)
class PaymentSummaryAnswer(serializers.Serializer[Any]):
    order_id = serializers.UUIDField(help_text="An order has one payment, which has its id.")
    order_number = serializers.CharField()
    method = serializers.ChoiceField(choices=[method.value for method in PaymentMethod])
    provider = serializers.CharField()
    provider_reference = serializers.CharField()
    status = serializers.ChoiceField(choices=[status.value for status in PaymentStatus])
    amount = MoneyField()
    authorized = MoneyField(help_text="What was set aside at first; `received` is what was captured of it.")
    received = MoneyField()
    refunded = MoneyField(help_text="Sent back, or on its way back.")
    disputed = MoneyField(help_text="With a buyer's bank.")
    created_at = serializers.DateTimeField()
    authorized_at = serializers.DateTimeField(allow_null=True)
    succeeded_at = serializers.DateTimeField(allow_null=True)


@example(REFUND)
class PaymentRefundAnswer(serializers.Serializer[Any]):
    refund_id = serializers.UUIDField()
    order_id = serializers.UUIDField()
    method = serializers.ChoiceField(choices=[method.value for method in PaymentMethod])
    status = serializers.ChoiceField(choices=[status.value for status in RefundStatus])
    amount = MoneyField()
    reason = serializers.CharField()
    provider_reference = serializers.CharField()
    last_error = serializers.CharField()
    created_at = serializers.DateTimeField()
    succeeded_at = serializers.DateTimeField(allow_null=True)


@example(ENTRY)
class LedgerEntryAnswer(serializers.Serializer[Any]):
    posting_id = serializers.UUIDField(help_text="The entries of one posting sum to zero.")
    kind = serializers.ChoiceField(choices=[kind.value for kind in Posting])
    account = serializers.ChoiceField(choices=[account.value for account in Account])
    amount = MoneyField()
    reference = serializers.CharField()
    at = serializers.DateTimeField()


@example(EVENT)
class ProviderEventAnswer(serializers.Serializer[Any]):
    id = serializers.CharField()
    type = serializers.CharField()
    status = serializers.ChoiceField(choices=EVENT_STATUSES)
    note = serializers.CharField(help_text="What handling it came to, or why it failed last.")
    attempts = serializers.IntegerField()
    reference = serializers.CharField()
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()
    handled_at = serializers.DateTimeField(allow_null=True)


@example({**EVENT, "payload": {"id": "evt_1Qabc", "object": "event", "type": "payment_intent.succeeded"}})
class ProviderEventDetailAnswer(ProviderEventAnswer):
    payload = serializers.DictField(help_text="As it came, but for the buyer's secret.")


@example(DISPUTE)
class DisputeAnswer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="The provider's.")
    order_id = serializers.UUIDField()
    status = serializers.ChoiceField(choices=[status.value for status in DisputeStatus])
    provider_status = serializers.CharField()
    reason = serializers.CharField()
    amount = MoneyField()
    withdrawn = MoneyField(help_text="Taken from us and not given back.")
    fee = MoneyField(help_text="What the provider keeps for it.")
    evidence_due = serializers.DateTimeField(allow_null=True, help_text="Answer it at the provider until then.")
    opened_at = serializers.DateTimeField()
    closed_at = serializers.DateTimeField(allow_null=True)


@example(OPERATION)
class OperationAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in FinanceKind])
    refund_id = serializers.UUIDField(allow_null=True)
    amount = MoneyField(allow_null=True)
    happened_on = serializers.DateField(allow_null=True)
    reference = serializers.CharField()
    note = serializers.CharField()
    actor = serializers.CharField()
    at = serializers.DateTimeField()


@example(PART)
class PaymentCaptureAnswer(serializers.Serializer[Any]):
    capture_id = serializers.UUIDField()
    amount = MoneyField()
    final_capture = serializers.BooleanField(help_text="Whether the rest was let go.")
    created_at = serializers.DateTimeField()
    succeeded_at = serializers.DateTimeField(allow_null=True, help_text="null: not taken, or not yet.")


@example(PAYMENT)
class PaymentDetailAnswer(PaymentSummaryAnswer):
    last_error = serializers.CharField()
    captures = PaymentCaptureAnswer(many=True, help_text="What was taken of authorized money, part by part.")
    refunds = PaymentRefundAnswer(many=True)
    ledger = LedgerEntryAnswer(many=True)
    events = ProviderEventAnswer(many=True)
    disputes = DisputeAnswer(many=True)
    operations = OperationAnswer(many=True)


@example(RUN)
class ReconciliationAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=[state.value for state in RunState])
    asked_by = serializers.CharField(help_text="`calendar`, or who of the staff.")
    asked_at = serializers.DateTimeField()
    since = serializers.DateTimeField(allow_null=True, help_text="What was made from then on was compared.")
    until = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    found = serializers.IntegerField(help_text="How much differed, known before or not.")
    news = serializers.IntegerField(help_text="How much of it was not known, or is gone.")
    error = serializers.CharField(help_text="Why it failed.")


@example(FOUND)
class FoundAnswer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=[kind.value for kind in DifferenceKind])
    detail = serializers.CharField()
    order_id = serializers.UUIDField(allow_null=True)
    reference = serializers.CharField(help_text="The provider's id of what it is about.")


@example({**RUN, "differences": [FOUND]})
class ReconciliationDetailAnswer(ReconciliationAnswer):
    differences = FoundAnswer(many=True, help_text="What differed then; the first two hundred.")


@example(DIFFERENCE)
class DifferenceAnswer(FoundAnswer):
    id = serializers.UUIDField()
    first_found = serializers.DateTimeField()
    last_found = serializers.DateTimeField()
    resolved_at = serializers.DateTimeField(allow_null=True, help_text="Since when it is gone.")


class AccountAnswer(serializers.Serializer[Any]):
    account = serializers.ChoiceField(choices=[account.value for account in Account])
    total = MoneyField()


class CurrencyBooksAnswer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    accounts = AccountAnswer(many=True)
    sum = MoneyField(help_text="Nothing, or the books are wrong.")


@example(BOOKS)
class BooksAnswer(serializers.Serializer[Any]):
    currencies = CurrencyBooksAnswer(many=True)
    entries = serializers.IntegerField()


PaymentPage = page_of(PaymentSummaryAnswer)
PaymentRefundPage = page_of(PaymentRefundAnswer)
ProviderEventPage = page_of(ProviderEventAnswer)
ReconciliationPage = page_of(ReconciliationAnswer)
DifferencePage = page_of(DifferenceAnswer)
DisputePage = page_of(DisputeAnswer)
