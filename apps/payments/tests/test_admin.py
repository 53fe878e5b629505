"""Staff see the money, change nothing, and may have an event handled again."""

from __future__ import annotations

import pytest

from apps.payments import api
from apps.payments.models import Difference, LedgerEntry, Payment, ProviderEvent, Refund
from apps.payments.services.check_ledger import check_ledger
from apps.payments.services.record_event import record_event
from apps.payments.tasks import handle_provider_events
from apps.payments.tests.memory import notice
from apps.payments.tests.test_open_payment import PRICE, open_it
from shop import jobs
from shop.ids import uuid7
from shop.testing.counting import queries_of

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(memory):
    """An order that was paid and refunded."""
    order_id = uuid7()
    open_it(order_id)
    memory.pay("pi_1")
    record_event(notice("evt_1", "payment_intent.succeeded", "pi_1"))
    handle_provider_events()
    api.refund_payment(refund_id=uuid7(), order_id=order_id, amount=PRICE, reason="customer")
    return order_id


@pytest.mark.parametrize(
    "page", ["payment", "refund", "providerevent", "ledgerentry", "difference", "providercustomer"]
)
def test_each_list_and_row_is_shown_and_none_can_be_changed(staff, order, page):
    model = {"payment": Payment, "providerevent": ProviderEvent}.get(page)
    assert staff.get(f"/admin/payments/{page}/").status_code == 200
    assert staff.get(f"/admin/payments/{page}/?q=pi_1").status_code == 200
    assert staff.get(f"/admin/payments/{page}/add/").status_code == 403
    if model is not None:
        row = model.objects.get()
        assert staff.get(f"/admin/payments/{page}/{row.pk}/change/").status_code == 200
        assert staff.post(f"/admin/payments/{page}/{row.pk}/change/", {"status": "new"}).status_code == 403
        assert staff.post(f"/admin/payments/{page}/{row.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_dead_event_is_handled_again(staff, order):
    ProviderEvent.objects.update(status="dead", attempts=12)
    jobs.woken.clear()
    form = {"action": "replay", "_selected_action": ["evt_1"]}
    assert staff.post("/admin/payments/providerevent/", form).status_code == 302
    assert jobs.woken == ["payments.handle_provider_events"]
    assert handle_provider_events() == 1
    assert ProviderEvent.objects.get().status == "handled"


def test_money_is_readable_and_leads_from_the_payment_to_its_refunds_and_events(staff, order):
    listed = staff.get("/admin/payments/payment/").content.decode()
    shown = staff.get(f"/admin/payments/payment/{order}/change/").content.decode()

    assert str(PRICE) in listed
    assert str(PRICE) in shown
    assert f'href="/admin/orders/order/{order}/change/"' in shown
    assert f'href="/admin/payments/refund/?q={order}"' in shown
    assert 'href="/admin/payments/providerevent/?q=pi_1"' in shown


def test_refunds_are_found_by_order_number_and_id(staff, order):
    refund = Refund.objects.get()
    for term in (refund.payment.order_number.lower(), str(order), str(refund.pk), refund.provider_reference):
        found = staff.get(f"/admin/payments/refund/?q={term}").context["cl"].result_list
        assert [row.pk for row in found] == [refund.pk], term
    assert str(refund.pk) not in staff.get("/admin/payments/refund/?q=SO-NONE").content.decode()


def test_what_the_provider_told_is_shown_indented_and_not_read_for_the_list(staff, order):
    answer = staff.get("/admin/payments/providerevent/")
    [row] = answer.context["cl"].result_list
    assert "payload" in row.get_deferred_fields()
    ProviderEvent.objects.update(payload='{"id":"evt_1"}')
    shown = staff.get("/admin/payments/providerevent/evt_1/change/").content.decode()
    assert "<pre>{\n  &quot;id&quot;: &quot;evt_1&quot;\n}</pre>" in shown
    assert 'href="/admin/payments/payment/?q=pi_1"' in shown


def test_a_list_costs_the_same_queries_for_many_rows(staff, order):
    costs = []
    for more in (0, 9):
        for number in range(more):
            payment = Payment.objects.get(pk=order)
            payment.pk, payment.provider_reference = uuid7(), f"pi_copy_{number}"
            payment.save(force_insert=True)
            refund = Refund.objects.filter(payment_id=order).first()
            refund.pk, refund.payment_id = uuid7(), payment.pk
            refund.save(force_insert=True)
            posting = {"posting_id": uuid7(), "order_id": payment.pk, "kind": "received", "currency": "EUR"}
            LedgerEntry(id=uuid7(), account="orders", amount_minor=-1, **posting).save(force_insert=True)
        for page in ("payment", "refund", "providerevent", "ledgerentry"):
            with queries_of("payments") as queries:
                assert staff.get(f"/admin/payments/{page}/").status_code == 200
            costs.append(len(queries))
    assert costs[:4] == costs[4:]


def test_lists_of_money_begin_with_what_people_know_and_are_found_by_the_orders_number(staff, order):
    number = Payment.objects.get().order_number
    for page in ("ledgerentry", "refund"):
        listed = staff.get(f"/admin/payments/{page}/").text
        assert f'<a href="/admin/orders/order/{order}/change/">{number}</a>' in listed
        assert f">{order}<" not in listed
        assert staff.get(f"/admin/payments/{page}/?q={number.lower()}").context["cl"].result_count > 0
        assert staff.get(f"/admin/payments/{page}/?q=SO-NONE").context["cl"].result_count == 0
    for page in ("difference", "financeoperation", "dispute"):
        assert staff.get(f"/admin/payments/{page}/?q={number}").context["cl"].result_count == 0


def test_lists_of_money_are_narrowed_by_day_and_say_codes_in_words(staff, order):
    Payment.objects.update(method="bank_transfer")
    listed = staff.get("/admin/payments/payment/?created_at__lt=2020-01-01T00:00:00Z")
    assert listed.context["cl"].result_count == 0
    assert ("Past 7 days" in listed.text, "bank transfer" in listed.text, ">bank_transfer<" in listed.text) == (
        True,
        True,
        False,
    )


def test_the_books_of_an_order_are_found_from_its_payment(staff, order):
    assert f"/admin/payments/ledgerentry/?q={order}" in staff.get(f"/admin/payments/payment/{order}/change/").text
    page = staff.get(f"/admin/payments/ledgerentry/?q={order}").text
    assert (page.count("19.99 EUR"), page.count("-19.99 EUR")) == (4, 2)


def test_what_differs_is_listed_until_it_is_gone_and_compared_again_on_request(staff, order):
    Payment.objects.update(amount_received_minor=2999)
    check_ledger()
    Payment.objects.update(amount_received_minor=1999)
    [row] = Difference.objects.all()
    assert row.detail in staff.get("/admin/payments/difference/").text
    jobs.woken.clear()
    form = {"action": "check_now", "_selected_action": [str(row.pk)]}
    assert staff.post("/admin/payments/difference/", form).status_code == 302
    assert jobs.woken == ["payments.check_books", "payments.run_reconciliations"]
    check_ledger()
    assert str(row.pk) not in staff.get("/admin/payments/difference/").text
    assert str(row.pk) in staff.get("/admin/payments/difference/?state=gone").text
