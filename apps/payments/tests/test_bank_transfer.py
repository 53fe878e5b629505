"""Bank transfer: our own row is the truth, finance says what came, and no money is lost whatever comes when."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from apps.payments import api
from apps.payments.contracts import (
    AlreadyPaid,
    AmountDiffers,
    NotByBank,
    PaymentMethod,
    PaymentRefused,
    PaymentStatus,
    PaymentSucceeded,
    RefundAlreadySent,
    RefundNotFound,
    RefundStatus,
    RefundSucceeded,
)
from apps.payments.models import FinanceOperation, LedgerEntry, Payment, Refund
from apps.payments.services.check_ledger import check_ledger
from apps.payments.services.mark_refund_sent import mark_refund_sent
from apps.payments.services.reconcile import reconcile
from apps.payments.services.record_bank_receipt import Receipt, record_bank_receipt
from apps.payments.tasks import recheck_open_payments, recheck_pending_refunds
from apps.payments.testing.facts import pending
from apps.payments.tests.test_open_payment import told
from shop import clock
from shop.db.append_only import AppendOnly
from shop.errors import Invalid
from shop.ids import uuid7
from shop.money import Money
from shop.testing.races import at_once, happens_after

pytestmark = pytest.mark.usefixtures("database")
ALL = Money(1999, "EUR")
LOAD = "apps.payments.services.record_bank_receipt.load_payment"
CANCEL = "apps.payments.providers.bank.BankTransferProvider.cancel_intent"


def open_it(order: UUID, amount: Money = ALL):
    return api.open_payment(
        order_id=order, order_number="SO-1", amount=amount, email="a@example.com", method=PaymentMethod.BANK_TRANSFER
    )


def receive(order: UUID, amount: Money = ALL, *, operation: UUID | None = None, line: str = "TX-1", **more):
    receipt = Receipt(amount, clock.now().date(), line, **more)
    return record_bank_receipt(
        operation_id=operation or uuid7(), order_id=order, receipt=receipt, actor="staff:finance"
    )


def send(refund_id: UUID, operation: UUID | None = None):
    return mark_refund_sent(
        operation_id=operation or uuid7(),
        refund_id=refund_id,
        sent_on=clock.now().date(),
        reference="OUT-1",
        actor="staff:finance",
    )


def refund_all(order: UUID, refund_id: UUID | None = None):
    return api.refund_payment(refund_id=refund_id or uuid7(), order_id=order, amount=ALL, reason="customer")


def accounts() -> list[tuple[str, str, int]]:
    return sorted(LedgerEntry.objects.values_list("kind", "account", "amount_minor"))


def test_the_buyer_is_told_where_to_send_it_and_nobody_is_asked(memory, by_bank):
    sheet = open_it(by_bank)
    assert (sheet.method, sheet.status, sheet.client_secret) == ("bank_transfer", "open", "")
    where = sheet.instructions
    assert (where.holder, where.iban, where.reference, where.amount) == (
        "Example Shop",
        "DE89370400440532013000",
        "SO-1",
        ALL,
    )
    assert api.get_payment_sheet(order_id=by_bank) == sheet
    with clock.shifted(timedelta(days=20)):
        assert recheck_open_payments() == 0
    assert memory.calls == []


def test_what_finance_marks_paid_is_paid_booked_in_the_bank_and_told_once(by_bank):
    operation = uuid7()
    first, again = receive(by_bank, operation=operation), receive(by_bank, operation=operation)
    assert (first.status, again.revision) == ("succeeded", first.revision)
    assert accounts() == [("received", "bank", 1999), ("received", "orders", -1999)]
    assert told() == [PaymentSucceeded.name]
    row = FinanceOperation.objects.get()
    assert (row.pk, row.kind, row.actor, row.amount_minor, row.reference) == (
        operation,
        "bank_receipt",
        "staff:finance",
        1999,
        "TX-1",
    )
    assert api.get_payment_sheet(order_id=by_bank).instructions is None
    assert check_ledger() == 0


def test_a_crash_after_the_money_was_marked_is_repeated_without_harm(by_bank, crash_at):
    operation = uuid7()
    crash = crash_at("payments.receipt.written")
    with pytest.raises(crash):
        receive(by_bank, operation=operation)
    assert receive(by_bank, operation=operation).status == "succeeded"
    assert (FinanceOperation.objects.count(), told()) == (1, [PaymentSucceeded.name])


def test_two_clerks_with_one_line_of_the_statement_mark_it_once(by_bank):
    with happens_after(LOAD, lambda: receive(by_bank)), pytest.raises(AlreadyPaid):
        receive(by_bank)
    with pytest.raises(AlreadyPaid):
        receive(by_bank, confirmed=True)  # the same line of the statement is no second payment
    assert (Payment.objects.get().amount_received_minor, FinanceOperation.objects.count()) == (1999, 1)


def test_a_buyer_who_paid_twice_gets_the_second_back_from_finance(by_bank):
    receive(by_bank)
    with pytest.raises(AlreadyPaid):
        receive(by_bank, line="TX-2")
    receive(by_bank, line="TX-2", confirmed=True)
    payment, refund = Payment.objects.get(), Refund.objects.get()
    assert (payment.amount_received_minor, payment.amount_refunded_minor) == (3998, 1999)
    assert (refund.status, refund.reason, refund.amount_minor) == ("pending", "paid_twice", 1999)
    assert told() == [PaymentSucceeded.name]
    send(refund.pk)
    assert sum(amount for _, account, amount in accounts() if account == "bank") == 1999
    assert check_ledger() == 0


@pytest.mark.parametrize("amount", [1998, 2000])
def test_another_amount_is_a_slip_until_it_is_confirmed_then_the_order_is_told_what_came(by_bank, amount):
    came = Money(amount, "EUR")
    with pytest.raises(AmountDiffers) as refused:
        receive(by_bank, came)
    assert refused.value.params == {"expected": {"amount": 1999, "currency": "EUR"}}
    assert (Payment.objects.get().status, FinanceOperation.objects.count()) == ("open", 0)
    receive(by_bank, came, confirmed=True)
    assert (Payment.objects.get().amount_received, api.get_payment_sheet(order_id=by_bank).amount) == (came, ALL)
    assert check_ledger() == 0


def test_another_currency_and_a_day_to_come_are_refused_by_their_pointers(by_bank):
    with pytest.raises(Invalid) as currency:
        receive(by_bank, Money(1999, "USD"))
    with clock.shifted(timedelta(days=2)):
        tomorrow = clock.now().date()
    with pytest.raises(Invalid) as day:
        record_bank_receipt(
            operation_id=uuid7(), order_id=by_bank, receipt=Receipt(ALL, tomorrow, "TX-1"), actor="staff:finance"
        )
    assert [error.value.errors[0].pointer for error in (currency, day)] == ["/amount/currency", "/received_on"]


def test_a_card_payment_is_not_marked_by_hand(paid):
    with pytest.raises(NotByBank):
        receive(paid)


def test_money_that_comes_after_the_cancellation_is_taken_told_and_sent_back_by_finance(by_bank):
    assert api.cancel_payment(order_id=by_bank).status is PaymentStatus.CANCELED
    receive(by_bank)
    assert told() == [PaymentSucceeded.name]
    answer = refund_all(by_bank)
    assert (answer.status, Refund.objects.get().method) == (RefundStatus.PENDING, "bank_transfer")
    assert send(answer.refund_id).status == RefundStatus.SUCCEEDED
    assert told() == [PaymentSucceeded.name, RefundSucceeded.name]
    assert sum(amount for _, account, amount in accounts() if account == "bank") == 0
    assert check_ledger() == 0


def test_money_marked_while_the_cancellation_is_under_way_wins(by_bank):
    with happens_after(CANCEL, lambda: receive(by_bank)):
        assert api.cancel_payment(order_id=by_bank).status is PaymentStatus.SUCCEEDED
    assert (Payment.objects.get().status, told()) == ("succeeded", [PaymentSucceeded.name])


def test_a_cancellation_while_money_is_being_marked_makes_it_late_money(by_bank):
    with happens_after(LOAD, lambda: api.cancel_payment(order_id=by_bank)):
        receive(by_bank)
    assert (Payment.objects.get().status, told()) == ("succeeded", [PaymentSucceeded.name])
    assert accounts() == [("received", "bank", 1999), ("received", "orders", -1999)]


def test_marking_and_cancelling_at_once_lose_no_money(by_bank):
    at_once(lambda: receive(by_bank), lambda: api.cancel_payment(order_id=by_bank))
    assert (Payment.objects.get().status, told()) == ("succeeded", [PaymentSucceeded.name])


def test_a_refund_waits_for_finance_and_is_no_fault_meanwhile(memory, by_bank):
    receive(by_bank)
    refund_id = uuid7()
    assert refund_all(by_bank, refund_id).status is refund_all(by_bank, refund_id).status is RefundStatus.PENDING
    with clock.shifted(timedelta(days=30)):
        assert (recheck_pending_refunds(), reconcile(window=timedelta(days=60)).news, check_ledger()) == (0, 0, 0)
    assert (memory.refunds, pending()["refunds"]) == ({}, 0)
    assert [kind for kind, _, _ in accounts()] == ["received", "received"]


def test_a_refund_is_marked_as_sent_once_and_the_second_clerk_is_warned(by_bank):
    receive(by_bank)
    refund_id, operation = refund_all(by_bank).refund_id, uuid7()
    assert send(refund_id, operation).status == send(refund_id, operation).status == "succeeded"
    with pytest.raises(RefundAlreadySent):
        send(refund_id)
    assert told().count(RefundSucceeded.name) == 1
    assert FinanceOperation.objects.filter(kind="refund_sent").count() == 1


def test_two_clerks_at_once_mark_a_refund_once(by_bank):
    receive(by_bank)
    refund_id = refund_all(by_bank).refund_id
    apply = "apps.payments.services.mark_refund_sent.succeed_by_hand"
    from apps.payments.services import mark_refund_sent as module

    original, rivals = module.succeed_by_hand, [lambda: send(refund_id)]

    def slower(*args, **options):
        if rivals:
            rivals.pop()()
        return original(*args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(apply, slower)
        with pytest.raises(RefundAlreadySent):
            send(refund_id)
    assert told().count(RefundSucceeded.name) == 1
    assert sum(amount for _, account, amount in accounts() if account == "bank") == 0


def test_a_provider_s_refund_is_not_marked_by_hand(paid):
    answer = api.refund_payment(refund_id=uuid7(), order_id=paid, amount=ALL, reason="customer")
    with pytest.raises(NotByBank):
        send(answer.refund_id)
    with pytest.raises(RefundNotFound):
        send(uuid7())


def test_what_the_account_does_not_take_is_refused(memory, settings):
    with pytest.raises(PaymentRefused) as currency:
        open_it(uuid7(), Money(1999, "JPY"))
    settings.BANK_TRANSFER = None
    with pytest.raises(PaymentRefused) as off:
        open_it(uuid7())
    assert [one.value.params["reason"] for one in (currency, off)] == ["unknown_currency", "method_off"]


def test_a_method_keeps_working_for_its_open_payments_after_it_is_switched_off(by_bank, settings):
    settings.BANK_TRANSFER = None
    assert open_it(by_bank).instructions is None
    receive(by_bank)
    assert api.cancel_payment(order_id=by_bank).status is PaymentStatus.SUCCEEDED


def test_what_finance_did_is_never_changed_or_removed(by_bank):
    receive(by_bank)
    rows = FinanceOperation.objects.all()
    for change in (rows.delete, lambda: rows.update(amount_minor=1), rows[0].delete, rows[0].save):
        with pytest.raises(AppendOnly):
            change()
