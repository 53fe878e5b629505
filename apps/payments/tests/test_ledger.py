"""The books: each movement of money is two entries that sum to zero, booked once with the change that it explains."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError

from apps.payments import api
from apps.payments.contracts import RefundStatus
from apps.payments.models import Difference, LedgerEntry, Payment, Refund
from apps.payments.rules import Account, Posting, sides
from apps.payments.services.apply_refund import apply_refund
from apps.payments.services.check_ledger import check_ledger
from apps.payments.services.ledger import book_received
from apps.payments.tests.test_import_payment import take_over
from apps.payments.tests.test_refund_payment import ALL, refund
from shop import clock
from shop.db import transact
from shop.db.append_only import AppendOnly
from shop.ids import uuid7
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")


def books(order):
    rows = LedgerEntry.objects.filter(order_id=order).order_by("at", "kind", "account")
    return [(row.kind, row.account, row.amount_minor) for row in rows]


def test_both_sides_of_a_posting_sum_to_zero():
    to, frm = sides(uuid7(), to=Account.PROVIDER, frm=Account.ORDERS, amount=Money(700, "JPY"))
    assert (to.account, to.amount, frm.account, frm.amount) == (
        Account.PROVIDER,
        Money(700, "JPY"),
        Account.ORDERS,
        Money(-700, "JPY"),
    )
    assert to.id != frm.id


def test_money_that_comes_and_goes_back_in_parts_is_booked_once_each(paid):
    key = uuid7()
    refund(paid, Money(1500, "EUR"), refund_id=key)
    refund(paid, Money(1500, "EUR"), refund_id=key)
    refund(paid, Money(499, "EUR"))
    assert books(paid) == [
        ("received", "orders", -1999),
        ("received", "provider", 1999),
        ("refunded", "orders", 1500),
        ("refunded", "provider", -1500),
        ("refunded", "orders", 499),
        ("refunded", "provider", -499),
    ]
    assert check_ledger() == 0


def test_a_refund_that_the_bank_sends_back_is_booked_back(memory, paid):
    made = refund(paid)
    row = Refund.objects.get(pk=made.refund_id)
    apply_refund(row, replace(memory.refunds["re_1"], status=RefundStatus.FAILED))
    assert books(paid)[-2:] == [("returned", "orders", -1999), ("returned", "provider", 1999)]
    assert check_ledger() == 0


def test_a_refund_that_never_went_out_is_not_booked(memory, paid):
    memory.refund_status = RefundStatus.FAILED
    refund(paid)
    assert [kind for kind, _, _ in books(paid)] == ["received", "received"]
    assert check_ledger() == 0


def test_what_was_paid_elsewhere_is_booked_elsewhere(memory):
    order = uuid7()
    take_over(order)
    take_over(order)
    assert books(order) == [("received", "elsewhere", 1999), ("received", "orders", -1999)]


def test_nothing_to_pay_is_nothing_to_book(memory):
    order = uuid7()
    api.open_payment(order_id=order, order_number="SO-0", amount=Money(0, "EUR"), email="a@example.com")
    assert books(order) == []
    assert check_ledger() == 0


def test_the_same_money_cannot_be_booked_twice(paid):
    payment = Payment.objects.get()
    with pytest.raises(IntegrityError):
        transact("payments", lambda: book_received(payment, ALL, reference="pi_1", at=clock.now()))


def test_entries_are_never_changed_or_removed(paid):
    entry = LedgerEntry.objects.filter(kind=Posting.RECEIVED)
    for change in (entry.delete, lambda: entry.update(amount_minor=1), entry[0].delete, entry[0].save):
        with pytest.raises(AppendOnly):
            change()


def test_a_row_that_the_books_do_not_explain_is_found_and_closed_when_it_is_right_again(paid):
    Payment.objects.filter(pk=paid).update(amount_received_minor=2999)
    assert (check_ledger(), check_ledger()) == (1, 0)
    found = Difference.objects.get()
    assert (found.kind, found.order_id, found.resolved_at) == ("ledger", paid, None)
    assert found.detail == "Order SO-1: 29.99 EUR is kept, the books say 19.99 EUR."
    Payment.objects.filter(pk=paid).update(amount_received_minor=1999)
    assert check_ledger() == 1
    assert Difference.objects.get().resolved_at is not None


def test_books_that_do_not_sum_to_zero_are_found(paid):
    LedgerEntry.objects.create(
        id=uuid7(),
        posting_id=uuid7(),
        order_id=uuid7(),
        account="provider",
        kind="received",
        amount_minor=1,
        currency="EUR",
    )
    assert check_ledger() == 1
    assert [row.detail for row in Difference.objects.all()] == ["The books of EUR sum to 0.01 EUR."]
