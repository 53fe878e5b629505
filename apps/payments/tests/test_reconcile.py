"""Reconciliation: what the provider has and we have not, and the other way round, is listed, once, until it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import requests

from apps.payments import api
from apps.payments.contracts import PaymentStatus, PaymentSucceeded, RefundStatus, VoidRefused
from apps.payments.models import Difference, Payment, ReconciliationRun
from apps.payments.providers import IntentState, NewIntent, RefundState, Refused
from apps.payments.services import reconcile as service
from apps.payments.services.reconcile import reconcile
from apps.payments.services.void_by_hand import void_by_hand
from apps.payments.tasks import reconcile_with_provider
from apps.payments.tests.test_open_payment import told
from apps.payments.tests.test_refund_payment import ALL, refund
from apps.payments.tests.test_stripe import pay
from shop.errors import Unavailable
from shop.ids import uuid7
from shop.money import Money
from shop.testing.counting import queries_of
from shop.testing.drain import drain

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def nothing_is_too_young(monkeypatch):
    monkeypatch.setattr(service, "YOUNG", timedelta(seconds=-5))


def differences():
    return [(row.kind, row.detail) for row in Difference.objects.filter(resolved_at=None).order_by("kind")]


def intent(reference, order, *, status=PaymentStatus.SUCCEEDED, received=ALL):
    return IntentState(reference, status, received, Money.zero("EUR"), "", order, "", "")


def test_books_that_are_the_same_differ_in_nothing(memory, paid):
    refund(paid, Money(500, "EUR"))
    assert reconcile().news == 0
    assert differences() == []


def test_a_page_of_what_is_set_aside_costs_one_read_of_what_finance_did(memory, set_aside, monkeypatch):
    monkeypatch.setattr(service, "PAGE", 3)
    orders = [set_aside]
    for number in range(2, 6):
        orders.append(uuid7())
        api.open_payment(order_id=orders[-1], order_number=f"SO-{number}", amount=ALL, email="a@example.com")
        memory.authorize(f"pi_{number}")
    reconcile()
    assert set(Payment.objects.values_list("status", flat=True)) == {"authorized"}
    memory.refuses = True
    for order in (orders[0], orders[4]):
        with pytest.raises(VoidRefused):
            void_by_hand(operation_id=uuid7(), order_id=order, note="", actor="staff:1")

    with queries_of("payments") as statements:
        reconcile()

    assert sum("financeoperation" in one for one in statements) == 2  # of two pages, the five of them
    assert [detail for _, detail in sorted(differences())] == [
        f"Order SO-{number}: 19.99 EUR was to be let go and is still set aside." for number in (1, 5)
    ]


def test_money_of_no_order_of_ours_is_listed_once_until_it_is_gone(memory, paid):
    memory.intents["pi_x"] = intent("pi_x", None)
    assert (reconcile().news, reconcile().news) == (1, 0)
    assert differences() == [("strange_intent", "pi_x got 19.99 EUR for no order of ours.")]
    memory.intents["pi_x"] = intent("pi_x", None, status=PaymentStatus.CANCELED)
    assert reconcile().news == 1
    assert differences() == []


@pytest.mark.parametrize("refused", ["retrieve", "intents"])
def test_what_the_provider_refuses_to_tell_ends_nothing(memory, paid, refused):
    api.open_payment(order_id=uuid7(), order_number="SO-2", amount=ALL, email="a@example.com")
    memory.pay("pi_2")  # and nobody told us, so it is asked for
    memory.intents["pi_x"] = intent("pi_x", None)
    memory.refunds["re_x"] = RefundState("re_x", RefundStatus.SUCCEEDED, None, "", ALL, "pi_1")

    def refuse(call):
        if call == refused:
            raise Refused("resource_missing")

    memory.trouble = refuse
    reconcile()
    found = {kind for kind, _ in differences()}
    assert "strange_refund" in found
    assert ("missing" if refused == "retrieve" else "strange_refund") in found


def test_a_second_payment_for_one_order_is_listed(memory, paid):
    memory.intents["pi_x"] = intent("pi_x", paid)
    reconcile()
    assert differences() == [("second_intent", "Order SO-1 is pi_1; pi_x got 19.99 EUR too.")]


def test_money_that_no_webhook_told_of_is_written_and_is_no_difference(memory):
    order = uuid7()
    api.open_payment(order_id=order, order_number="SO-1", amount=ALL, email="a@example.com")
    memory.pay("pi_1")
    assert reconcile().news == 0
    assert Payment.objects.get().status == PaymentStatus.SUCCEEDED
    assert (told(), differences()) == ([PaymentSucceeded.name], [])


def test_another_amount_there_is_listed(memory, paid):
    memory.set("pi_1", received=Money(1000, "EUR"))
    reconcile()
    assert differences() == [("received", "Order SO-1 got 19.99 EUR here and 10.00 EUR there.")]


def test_a_refund_made_by_hand_is_listed(memory, paid):
    memory.refunds["re_x"] = RefundState("re_x", RefundStatus.SUCCEEDED, None, "", Money(300, "EUR"), "pi_1")
    reconcile()
    assert differences() == [("strange_refund", "re_x sent 3.00 EUR of pi_1 back, and not by us.")]


def test_a_refund_that_is_another_there_is_listed(memory, paid):
    made = refund(paid, Money(500, "EUR"))
    memory.refunds["re_1"] = replace(memory.refunds["re_1"], amount=Money(600, "EUR"))
    reconcile()
    assert differences() == [
        ("refund", f"Refund {made.refund_id} is succeeded here and succeeded with 6.00 EUR there."),
    ]


def test_what_the_provider_does_not_list_is_asked_for_before_it_is_missed(memory, paid, monkeypatch):
    refund(paid, Money(500, "EUR"))
    monkeypatch.setattr(memory, "intents_between", lambda *_: iter(()))
    monkeypatch.setattr(memory, "refunds_between", lambda *_: iter(()))
    assert (reconcile().news, differences()) == (0, [])


def test_what_the_provider_does_not_know_is_listed(memory, paid):
    memory.intents.clear()
    reconcile()
    assert differences() == [("missing", "Order SO-1: the provider does not know pi_1.")]


def test_a_provider_that_is_away_changes_nothing(memory, paid):
    memory.intents["pi_x"] = intent("pi_x", None)
    reconcile()

    def away(_call):
        raise Unavailable("no answer")

    memory.trouble = away
    assert reconcile_with_provider() == 0
    run = ReconciliationRun.objects.get()
    assert (run.state, run.asked_by, run.error) == ("failed", "calendar", "The provider could not be asked: no answer")
    assert len(differences()) == 1


def test_the_daily_comparison_answers_its_news_so_doing_all_jobs_comes_to_an_end(memory, paid):
    memory.intents["pi_x"] = intent("pi_x", None)
    assert reconcile_with_provider() == 1
    assert reconcile_with_provider() == 0
    drain("payments")
    assert {run.state for run in ReconciliationRun.objects.all()} == {"done"}


def test_young_payments_are_left_for_the_next_look(memory, paid, monkeypatch):
    seen = []

    def nothing(since, until):
        seen.append(until - since)
        return iter(())

    monkeypatch.setattr(memory, "intents_between", nothing)
    monkeypatch.setattr(service, "YOUNG", timedelta(minutes=15))
    memory.intents.clear()
    assert (reconcile().news, differences()) == (0, [])
    assert seen == [timedelta(days=3) - timedelta(minutes=15)]


def test_stripe_itself_is_compared_page_by_page(stripe_provider, fake_stripe):
    order = uuid7()
    api.open_payment(order_id=order, order_number="SO-1", amount=ALL, email="a@example.com")
    assert pay(fake_stripe, order) == 200
    strange = [
        stripe_provider.open_intent(NewIntent(uuid7(), "SO-X", ALL), key=f"k{number}").reference
        for number in range(101)
    ]
    for reference in strange[:2]:
        requests.post(f"{fake_stripe.url}/_fake/payment_intents/{reference}/pay", timeout=5)
    assert reconcile().news == 2
    assert {row.reference for row in Difference.objects.all()} == set(strange[:2])
    assert Payment.objects.get().status == PaymentStatus.SUCCEEDED
    api.refund_payment(refund_id=uuid7(), order_id=order, amount=Money(500, "EUR"), reason="customer")
    assert reconcile().news == 0
