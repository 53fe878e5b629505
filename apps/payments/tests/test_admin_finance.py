"""Finance at work in the admin: marks paid, marks sent, compares; a page that is sent twice acts once."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.test import Client

from apps.payments.models import FinanceOperation, Payment, ReconciliationRun, Refund
from apps.payments.tasks import run_reconciliations
from apps.payments.tests.test_bank_transfer import open_it, receive, refund_all
from apps.payments.tests.test_handle_event import hear
from apps.payments.tests.test_open_payment import open_it as open_by_card
from shop import jobs
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")
PAYMENTS, REFUNDS = "/admin/payments/payment/", "/admin/payments/refund/"


def deed(client, page, action, row, **more):
    form = {"action": action, "_selected_action": [str(row)], "reference": "TX-1", **more}
    return client.post(page, form, follow=True)


def test_a_payment_is_marked_paid_on_its_page_once_however_often_the_form_is_sent(staff, by_bank):
    page = f"{PAYMENTS}{by_bank}/change/"
    assert "Mark paid by bank" in staff.get(page).text
    once = {"operation": str(uuid7()), "from_page": page}
    for _ in range(2):
        answer = deed(staff, PAYMENTS, "mark_paid", by_bank, **once)
        assert answer.redirect_chain == [(page, 302)]
    assert "SO-1: 19.99 EUR came." in answer.text
    assert [row.reference for row in FinanceOperation.objects.all()] == ["TX-1"]
    assert Payment.objects.get().status == "succeeded"
    assert "TX-1" in staff.get(page).text


def test_several_payments_are_marked_from_the_list_and_a_refusal_is_told(staff, by_bank):
    other = uuid7()
    open_it(other)
    receive(other)
    answer = deed(staff, PAYMENTS, "mark_paid", by_bank)
    assert Payment.objects.get(pk=by_bank).status == "succeeded"
    answer = deed(staff, PAYMENTS, "mark_paid", other)
    assert "was entered before" in answer.text


@pytest.mark.parametrize(
    ("text", "told"),
    [("19.90", "is due, not 19.90 EUR"), ("much", "is no amount of EUR"), ("0", "is no amount of EUR")],
)
def test_another_amount_is_a_slip_until_it_is_confirmed(staff, by_bank, text, told):
    answer = deed(staff, PAYMENTS, "mark_paid", by_bank, amount=text)
    assert told in answer.text
    assert Payment.objects.get().status == "open"


def test_another_amount_that_is_confirmed_is_what_came(staff, by_bank):
    deed(staff, PAYMENTS, "mark_paid", by_bank, amount="19,90", confirm_difference="on")
    assert Payment.objects.get().amount_received_minor == 1990


@pytest.mark.parametrize("wrong", [{"reference": " "}, {"day": "yesterday"}, {"day": "9999-01-01"}])
def test_nothing_is_marked_without_a_line_of_the_statement(staff, by_bank, wrong):
    deed(staff, PAYMENTS, "mark_paid", by_bank, **wrong)
    assert (Payment.objects.get().status, FinanceOperation.objects.count()) == ("open", 0)


def test_a_refund_is_marked_sent_and_the_second_time_is_told(staff, by_bank):
    receive(by_bank)
    refund_id = refund_all(by_bank).refund_id
    page = f"{REFUNDS}{refund_id}/change/"
    assert "Mark sent by bank" in staff.get(page).text
    answer = deed(staff, REFUNDS, "mark_sent", refund_id, operation=str(uuid7()), from_page=page)
    assert "19.99 EUR of SO-1 were sent." in answer.text
    assert Refund.objects.get().status == "succeeded"
    assert "Mark sent by bank" not in staff.get(page).text
    assert "was marked as sent before" in deed(staff, REFUNDS, "mark_sent", refund_id).text


def test_who_may_only_look_marks_nothing(by_bank):
    client, reader = Client(), get_user_model().objects.create_user("reader@example.com", "x", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__in=["view_payment", "view_refund"]))
    client.force_login(reader)
    assert "Mark paid by bank" not in client.get(f"{PAYMENTS}{by_bank}/change/").text
    deed(client, PAYMENTS, "mark_paid", by_bank)
    assert (Payment.objects.get().status, FinanceOperation.objects.count()) == ("open", 0)


def test_a_comparison_is_started_by_its_button_and_shown(memory, staff):
    jobs.woken.clear()
    page = "/admin/payments/reconciliationrun/"
    assert "Compare with the provider now" in staff.get(page).text
    nobody = "00000000-0000-0000-0000-000000000000"
    assert deed(staff, page, "check_now", nobody).status_code == 200
    assert jobs.woken == ["payments.check_books", "payments.run_reconciliations"]
    assert run_reconciliations() == 1
    run = ReconciliationRun.objects.get()
    assert run.state == "done"
    assert staff.get(f"{page}{run.pk}/change/").status_code == 200


def test_the_totals_of_the_books_stand_above_their_entries(staff, by_bank):
    receive(by_bank)
    page = staff.get("/admin/payments/ledgerentry/").text
    assert "<td>bank</td><td>19.99 EUR</td>" in page
    assert "<th>0.00 EUR</th>" in page
    assert staff.get("/admin/payments/financeoperation/").text.count("TX-1") == 1


@pytest.fixture
def set_aside(memory, settings):
    """An order whose 19.99 EUR are set aside."""
    settings.PAYMENTS_CAPTURE = "manual"
    order_id = uuid7()
    open_by_card(order_id)
    memory.authorize("pi_1")
    hear("payment_intent.amount_capturable_updated", "evt_authorized")
    return order_id


def test_a_part_of_what_is_set_aside_is_captured_on_its_page_once(staff, set_aside):
    page = f"{PAYMENTS}{set_aside}/change/"
    assert "keep the rest set aside" in staff.get(page).text
    once = {"operation": str(uuid7()), "from_page": page}
    for _ in range(2):
        answer = deed(staff, PAYMENTS, "capture", set_aside, amount="10.00", **once)
        assert "10.00 EUR were taken, the rest is let go of." in answer.text
    payment = Payment.objects.get()
    assert (payment.status, payment.amount_received_minor) == ("succeeded", 1000)
    [row] = FinanceOperation.objects.all()
    assert (row.kind, row.amount_minor) == ("captured", 1000)
    assert "keep the rest set aside" not in staff.get(page).text


def test_parts_are_captured_on_its_page_one_after_the_other_and_the_rest_is_let_go_of(staff, set_aside):
    page = f"{PAYMENTS}{set_aside}/change/"
    for amount in ("5.00", "4.50"):
        answer = deed(staff, PAYMENTS, "capture", set_aside, amount=amount, more="on", from_page=page)
        assert f"{amount} EUR were taken, the rest is still set aside." in answer.text
    assert 'placeholder="10.49 EUR"' in staff.get(page).text
    answer = deed(staff, PAYMENTS, "void", set_aside, from_page=page)
    assert "10.49 EUR were let go." in answer.text
    shown = staff.get(page).text
    assert [amount in shown for amount in ("5.00 EUR", "4.50 EUR", "9.50 EUR")] == [True] * 3
    payment = Payment.objects.get()
    assert (payment.status, payment.amount_received_minor) == ("succeeded", 950)


def test_more_than_is_set_aside_is_not_captured(staff, set_aside):
    answer = deed(staff, PAYMENTS, "capture", set_aside, amount="20")
    assert "is set aside." in answer.text
    assert (Payment.objects.get().status, FinanceOperation.objects.count()) == ("authorized", 0)
