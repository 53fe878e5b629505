"""Payments of elsewhere: taken over as paid, told to nobody, sent back elsewhere."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from apps.payments import api
from apps.payments.contracts import DisputeStatus, PaymentMethod, PaymentStatus, RefundRefused, RefundStatus
from apps.payments.models import Dispute, LedgerEntry, Payment
from apps.payments.services.reconcile_disputes import disputes_here
from apps.payments.tasks import check_books
from apps.payments.tests.test_open_payment import PRICE, open_it, told
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")
THEN = datetime(2025, 12, 24, 18, tzinfo=UTC)


def take_over(order_id):
    return api.import_payment(order_id=order_id, order_number="SO-OLD", amount=PRICE, paid_at=THEN)


def test_it_is_paid_once_and_nobody_is_told_or_asked(memory):
    order = uuid7()
    assert take_over(order) == take_over(order) == api.get_payment(order_id=order)
    row = Payment.objects.get()
    assert (row.status, row.amount_received_minor, row.succeeded_at) == ("succeeded", 1999, THEN)
    assert (told(), memory.calls) == ([], [])
    assert open_it(order).status is PaymentStatus.SUCCEEDED


def test_a_payment_of_ours_is_left_as_it_is(memory):
    order = uuid7()
    open_it(order)
    assert take_over(order).status is PaymentStatus.OPEN


def test_it_cannot_be_sent_back_by_the_provider(memory):
    order = uuid7()
    take_over(order)
    with pytest.raises(RefundRefused) as refused:
        api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="customer")
    assert refused.value.params == {"reason": "paid_elsewhere"}
    assert Payment.objects.get().amount_refunded_minor == 0


def test_what_came_by_bank_is_in_our_account_and_finance_sends_it_back(memory):
    order = uuid7()
    api.import_payment(
        order_id=order, order_number="SO-OLD", amount=PRICE, paid_at=THEN, method=PaymentMethod.BANK_TRANSFER
    )
    assert sorted(LedgerEntry.objects.values_list("account", "amount_minor")) == [("bank", 1999), ("orders", -1999)]
    answer = api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="customer")
    assert (answer.status, memory.calls) == (RefundStatus.PENDING, [])


@pytest.mark.parametrize(("status", "taken"), [("open", 1999), ("lost", 1999), ("won", 0)])
def test_its_dispute_is_taken_over_once_booked_and_nobody_is_told_or_asked(memory, status, taken):
    order = uuid7()
    take_over(order)
    for _ in range(2):
        answer = api.import_dispute(
            dispute_id="du_old",
            order_id=order,
            amount=PRICE,
            reason="fraudulent",
            status=DisputeStatus(status),
            opened_at=THEN,
        )
        assert answer == status
    row = Dispute.objects.get()
    assert (row.status, row.withdrawn_minor, Payment.objects.get().amount_disputed_minor) == (status, taken, taken)
    assert (list(disputes_here(set())), check_books()) == ([], 0)
    assert (told(), memory.calls) == ([], [])
