"""What finance is told after a deed: what happened, and what follows, in words and never in codes."""

from __future__ import annotations

import pytest

from apps.payments.models import FinanceOperation, LedgerEntry, Payment, ProviderEvent, ReconciliationRun, Refund
from apps.payments.tests.test_admin_finance import PAYMENTS, REFUNDS, deed
from apps.payments.tests.test_bank_transfer import receive, refund_all
from apps.payments.tests.test_handle_event import hear
from apps.payments.tests.test_open_payment import open_it as open_by_card
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")
EVENTS = "/admin/payments/providerevent/"


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("", "SO-1: 19.99 EUR came. The order is paid."),
        ("15", "SO-1: 15.00 EUR came. 19.99 EUR were due: the order waits in review until somebody decides."),
        ("20", "SO-1: 20.00 EUR came. 19.99 EUR were due: the order waits in review until somebody decides."),
    ],
)
def test_what_came_by_bank_is_told_with_what_follows(staff, by_bank, amount, told):
    answer = deed(staff, PAYMENTS, "mark_paid", by_bank, amount=amount, confirm_difference="on")
    assert told in answer.text


def test_what_came_a_second_time_is_told_to_go_back_also_when_the_form_is_sent_twice(staff, by_bank):
    receive(by_bank)
    once = {"operation": str(uuid7()), "confirm_difference": "on"}
    for _ in range(2):
        answer = deed(staff, PAYMENTS, "mark_paid", by_bank, reference="TX-2", **once)
        assert "It was paid already: this goes back" in answer.text
    assert Refund.objects.get().amount_minor == 1999


def test_money_for_an_order_that_is_over_is_told_to_go_back(staff, by_bank):
    Payment.objects.update(status="canceled")
    assert "The order is over: it goes back" in deed(staff, PAYMENTS, "mark_paid", by_bank).text


@pytest.mark.parametrize(
    ("action", "said", "told"),
    [
        ("mark_paid", {"amount": "15"}, "SO-1: 19.99 EUR is due, not 15.00 EUR. If that is what came, confirm it.<"),
        ("mark_paid", {"amount": "x"}, "SO-1: &#x27;x&#x27; is no amount of EUR.<"),
        ("void", {}, "SO-1: Nothing is set aside for this order.<"),
    ],
)
def test_a_refusal_is_one_sentence_about_the_order(staff, by_bank, action, said, told):
    assert f">{told}" in deed(staff, PAYMENTS, action, by_bank, **said).text


def test_more_than_is_set_aside_is_told_as_the_page_writes_money(staff, set_aside):
    assert ">SO-1: Only 19.99 EUR is set aside.<" in deed(staff, PAYMENTS, "capture", set_aside, amount="20").text


def test_what_waits_for_people_has_no_day(staff, by_bank):
    receive(by_bank)
    refund = refund_all(by_bank)
    for page in (f"{PAYMENTS}{by_bank}/change/", f"{REFUNDS}{refund.refund_id}/change/"):
        shown = staff.get(page).text
        assert "9999-01" not in shown  # the digits alone can be a part of an id
        assert "Looked at next" in shown
    assert "Send 19.99 EUR of SO-1 at the bank first." in shown
    assert "<title>19.99 EUR, pending |" in shown


def test_an_entry_of_the_books_is_named_with_its_money_as_people_write_it(staff, by_bank):
    receive(by_bank)
    entry = LedgerEntry.objects.get(account="bank")
    assert str(entry) == "received: bank 19.99 EUR"


def test_an_event_is_handled_again_by_the_button_of_its_page_once(staff, memory):
    open_by_card(uuid7())
    hear("payment_intent.succeeded", "evt_1")
    page = f"{EVENTS}evt_1/change/"
    assert "Handle again" in staff.get(page).text
    once = {"operation": str(uuid7()), "from_page": page}
    for _ in range(2):
        answer = deed(staff, EVENTS, "replay", "evt_1", **once)
        assert answer.redirect_chain == [(page, 302)]
        assert ">Event evt_1 will be handled again" in answer.text
    assert ProviderEvent.objects.get().status == "pending"
    assert [row.kind for row in FinanceOperation.objects.all()] == ["event_replayed"]


@pytest.mark.parametrize(
    ("run", "told"),
    [
        ({}, "Nobody has compared yet."),
        ({"state": "asked"}, "a worker is about to begin"),
        ({"state": "done"}, ": nothing differed."),
        ({"state": "done", "found": 2}, ": 2 differed."),
        ({"state": "failed", "error": "Stripe is away"}, ": it failed. Stripe is away."),
    ],
)
@pytest.mark.parametrize("page", ["difference", "reconciliationrun"])
def test_above_the_differences_stands_what_the_last_comparison_came_to(staff, page, run, told):
    if run:
        ReconciliationRun.objects.create(id=uuid7(), asked_by="calendar", **run)
    assert told in staff.get(f"/admin/payments/{page}/").text


def test_who_asked_for_a_comparison_is_linked(staff):
    ReconciliationRun.objects.create(id=uuid7(), asked_by=f"staff:{uuid7()}")
    assert ">staff</a>" in staff.get("/admin/payments/reconciliationrun/").text
