"""The services against the real SDK and the fake Stripe: its answers, its keys, its bad days."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
import requests

from apps.payments import api
from apps.payments.contracts import PaymentRefused, PaymentStatus, PaymentSucceeded, RefundRefused, RefundStatus
from apps.payments.fakes.stripe.faults import Fault
from apps.payments.models import Payment, ProviderEvent, Refund
from apps.payments.providers import KeySpent, NewIntent, Refused
from apps.payments.providers.stripe import StripeProvider
from apps.payments.services.record_event import record_event
from apps.payments.tasks import handle_provider_events, recheck_open_payments, recheck_pending_refunds
from apps.payments.tests.memory import notice
from apps.payments.tests.test_open_payment import PRICE, open_it, told
from shop import call, clock
from shop.db import transact
from shop.errors import CallInsideTransaction, Unavailable
from shop.ids import uuid7
from shop.money import Money
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def stripe(fake_stripe, stripe_provider):
    return fake_stripe


@pytest.fixture
def order(stripe):
    """An order that waits for its money."""
    order_id = uuid7()
    open_it(order_id)
    return order_id


def pay(stripe, order_id, card="pm_card_visa"):
    """Do what a browser's payment sheet does."""
    intent = Payment.objects.get(pk=order_id).provider_reference
    url = f"{stripe.url}/_fake/payment_intents/{intent}/pay"
    return requests.post(url, data={"payment_method": card}, timeout=5).status_code


def hear(order_id, kind="payment_intent.succeeded", event_id="evt_1"):
    record_event(notice(event_id, kind, Payment.objects.get(pk=order_id).provider_reference))
    handle_provider_events()
    return Payment.objects.get(pk=order_id)


def intents(provider):
    return list(provider._client.v1.payment_intents.list().auto_paging_iter())


def test_an_order_is_paid(stripe, stripe_provider):
    order_id = uuid7()
    sheet = open_it(order_id)
    assert (sheet.publishable_key, sheet.client_secret[:3], sheet.status) == ("pk_test_shop", "pi_", PaymentStatus.OPEN)
    [intent] = intents(stripe_provider)
    assert (intent.amount, intent.currency, intent.metadata["order_id"]) == (1999, "eur", str(order_id))
    assert pay(stripe, order_id) == 200
    assert hear(order_id).status == "succeeded"
    assert told() == [PaymentSucceeded.name]
    assert api.get_payment_sheet(order_id=order_id).status is PaymentStatus.SUCCEEDED


@pytest.mark.parametrize("currency", ["JPY", "USD", "KWD"])
def test_other_currencies_keep_their_minor_units(stripe, stripe_provider, currency):
    order_id = uuid7()
    open_it(order_id, Money(1230, currency))
    pay(stripe, order_id)
    row = hear(order_id)
    assert (row.amount_received_minor, row.currency) == (1230, currency)


def test_a_declined_card_leaves_the_payment_open_for_another(stripe, order):
    assert pay(stripe, order, "pm_card_chargeDeclinedInsufficientFunds") == 402
    row = hear(order, "payment_intent.payment_failed")
    assert (row.status, row.last_error) == ("open", "insufficient_funds")
    pay(stripe, order)
    assert hear(order, event_id="evt_2").status == "succeeded"


def test_a_card_that_asks_for_authentication_stays_open_until_then(stripe, order):
    pay(stripe, order, "pm_card_authenticationRequired")
    assert hear(order, "payment_intent.requires_action").status == "open"
    intent = Payment.objects.get(pk=order).provider_reference
    requests.post(f"{stripe.url}/_fake/payment_intents/{intent}/authenticate", timeout=5)
    assert hear(order, event_id="evt_2").status == "succeeded"


def test_cancelling_is_true_at_stripe(stripe, stripe_provider, order):
    assert api.cancel_payment(order_id=order).status is PaymentStatus.CANCELED
    assert [intent.status for intent in intents(stripe_provider)] == ["canceled"]
    assert pay(stripe, order) == 400


def test_cancelling_what_was_paid_answers_that_it_was_paid(stripe, order):
    pay(stripe, order)
    assert api.cancel_payment(order_id=order).status is PaymentStatus.SUCCEEDED


def test_cancelling_what_is_processing_answers_that_nobody_knows(stripe, order):
    intent = Payment.objects.get(pk=order).provider_reference
    requests.post(f"{stripe.url}/_fake/payment_intents/{intent}/process", timeout=5)
    assert api.cancel_payment(order_id=order).status is PaymentStatus.PROCESSING
    requests.post(f"{stripe.url}/_fake/payment_intents/{intent}/settle", data={"result": "fail"}, timeout=5)
    assert api.cancel_payment(order_id=order).status is PaymentStatus.CANCELED


def test_refunds_are_made_at_stripe_and_never_too_much(stripe, order):
    pay(stripe, order)
    hear(order)
    key = uuid7()
    for _ in range(2):
        done = api.refund_payment(refund_id=key, order_id=order, amount=Money(1500, "EUR"), reason="customer")
        assert done.status is RefundStatus.SUCCEEDED
    with pytest.raises(RefundRefused):
        api.refund_payment(refund_id=uuid7(), order_id=order, amount=Money(500, "EUR"), reason="customer")
    assert len(Refund.objects.all()) == 1


def test_a_refund_made_in_stripes_own_dashboard_is_found_out_by_the_refusal(stripe, stripe_provider, order):
    pay(stripe, order)
    hear(order)
    stripe_provider._client.v1.refunds.create(
        params={"payment_intent": Payment.objects.get(pk=order).provider_reference}
    )
    with pytest.raises(RefundRefused) as refused:
        api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="customer")
    assert refused.value.params["reason"] == "charge_already_refunded"


@pytest.mark.parametrize(
    "fault",
    [
        Fault("drop", when="before", path="/v1/payment_intents"),
        Fault("drop", when="after", path="/v1/payment_intents"),
        Fault("rate_limit", path="/v1/payment_intents"),
        Fault("error", status=500, when="before", path="/v1/payment_intents"),
        Fault("error", status=500, when="after", path="/v1/payment_intents"),
        Fault("error", status=503, when="after", path="/v1/payment_intents"),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.when}-{fault.status}",
)
def test_after_a_bad_answer_the_repeat_finds_or_makes_the_one_intent(stripe, stripe_provider, fault):
    order_id = uuid7()
    stripe.gateway.faults.order(fault)
    with pytest.raises(Unavailable):
        open_it(order_id)
    assert open_it(order_id).status is PaymentStatus.OPEN
    # Of this order alone: a request that an earlier test gave up may still arrive.
    assert [intent.metadata["order_id"] for intent in intents(stripe_provider)].count(str(order_id)) == 1


def test_keys_that_stripe_forgot_do_not_make_a_second_intent(stripe, stripe_provider, crash_at):
    order_id = uuid7()
    with pytest.raises(crash_at("payments.open.intent_created")):
        open_it(order_id)
    requests.post(f"{stripe.url}/_fake/idempotency_keys/expire", timeout=5)
    with clock.shifted(timedelta(hours=25)):
        assert open_it(order_id).status is PaymentStatus.OPEN
    assert len(intents(stripe_provider)) == 1


@pytest.mark.parametrize("kind", ["drop", "error"])
def test_a_refund_without_an_answer_is_sent_once_in_the_end(stripe, stripe_provider, order, kind):
    pay(stripe, order)
    hear(order)
    stripe.gateway.faults.order(Fault(kind, when="after", path="/v1/refunds"))
    pending = api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="customer")
    for minutes in (1, 10):
        with clock.shifted(timedelta(minutes=minutes)):
            recheck_pending_refunds()
    assert pending.amount == PRICE
    assert [refund.amount for refund in stripe_provider._client.v1.refunds.list().auto_paging_iter()] == [1999]
    assert Refund.objects.get().status == "succeeded"


def test_a_busy_stripe_is_asked_no_sooner_than_it_said(stripe, order):
    pay(stripe, order)
    stripe.gateway.faults.order(Fault("rate_limit", seconds=90, path="/v1/payment_intents", count=2))
    assert hear(order).status == "open"
    with clock.shifted(timedelta(hours=1)):
        recheck_open_payments()
        assert 85 < _wait_of(Payment.objects.get(pk=order)) <= 90
    assert 85 < _wait_of(ProviderEvent.objects.get()) <= 90
    with clock.shifted(timedelta(seconds=95)):
        handle_provider_events()
    assert Payment.objects.get(pk=order).status == "succeeded"
    stripe.gateway.faults.order(Fault("rate_limit", seconds=3600, path="/v1/refunds"))
    api.refund_payment(refund_id=uuid7(), order_id=order, amount=PRICE, reason="customer")
    assert 595 < _wait_of(Refund.objects.get()) <= 600, "and nobody makes us wait for longer"
    with clock.shifted(timedelta(seconds=605)):
        recheck_pending_refunds()
    assert Refund.objects.get().status == "succeeded"


def _wait_of(row):
    return (row.due - clock.now()).total_seconds()


def test_nobody_waits_longer_than_the_caller_has_time(stripe):
    stripe.gateway.faults.order(Fault("delay", seconds=5, path="/v1/payment_intents"))
    with call.scope(timeout=0.6), pytest.raises(Unavailable):
        open_it(uuid7())


def test_a_wrong_key_is_our_fault_and_not_the_buyers(fake_stripe, caplog):
    from apps.payments.providers import using_provider

    wrong = StripeProvider(
        secret_key="sk_test_wrong", publishable_key="pk", webhook_secret="whsec_x", api_base=fake_stripe.url
    )
    with using_provider(wrong), pytest.raises(Unavailable):
        open_it(uuid7())
    wrong.close()
    assert "STRIPE_KEYS" in caplog.text
    assert "sk_test_wrong" not in caplog.text


def test_one_key_is_good_for_one_set_of_parameters(stripe, stripe_provider):
    order = uuid7()
    stripe_provider.open_intent(NewIntent(order, "SO-1", PRICE), key="k")
    with pytest.raises(KeySpent):
        stripe_provider.open_intent(NewIntent(order, "SO-1", Money(2000, "EUR")), key="k")


def test_what_stripe_does_not_know_is_a_clear_no(stripe, stripe_provider):
    with pytest.raises(Refused) as no:
        stripe_provider.retrieve_intent("pi_unknown")
    assert no.value.reason == "resource_missing"


def test_stripes_own_no_is_a_typed_refusal(stripe, monkeypatch):
    monkeypatch.setattr("apps.payments.providers.stripe.MINIMUMS", {})
    with pytest.raises(PaymentRefused) as refused:
        open_it(uuid7(), Money(10, "EUR"))
    assert refused.value.params["reason"] == "amount_too_small"


def test_stripe_is_never_asked_inside_a_transaction(stripe, stripe_provider):
    with pytest.raises(CallInsideTransaction):
        transact("payments", lambda: stripe_provider.retrieve_intent("pi_1"))


def test_a_lost_webhook_is_made_up_for(stripe, order):
    pay(stripe, order)
    with clock.shifted(timedelta(minutes=2)):
        assert recheck_open_payments() == 1
    assert Payment.objects.get(pk=order).status == "succeeded"


def test_threads_that_open_the_same_order_make_one_intent(stripe, stripe_provider):
    order_id = uuid7()

    def buyer():
        for _ in range(50):
            try:
                return open_it(order_id).client_secret
            except Unavailable:
                time.sleep(0.02)  # Stripe: this key is in use
        return "never"

    secrets = set(at_once(*[buyer] * 5))
    assert (len(secrets), "never" in secrets) == (1, False)
    assert (len(intents(stripe_provider)), Payment.objects.count()) == (1, 1)


def test_events_of_a_whole_purchase_come_in_any_order(stripe, order):
    pay(stripe, order, "pm_card_chargeDeclined")
    pay(stripe, order)
    for number, kind in enumerate(("succeeded", "payment_failed", "created", "processing", "succeeded")):
        hear(order, f"payment_intent.{kind}", f"evt_{number}")
    assert told() == [PaymentSucceeded.name]
    assert ProviderEvent.objects.filter(status="handled").count() == 5


def test_kronur_are_hundredths_at_stripe_and_whole_here(stripe_provider, fake_stripe):
    order, price = uuid7(), Money(1500, "ISK")
    made = stripe_provider.open_intent(NewIntent(order, "SO-1", price), key="isk")
    assert stripe_provider._client.v1.payment_intents.retrieve(made.reference).amount == 150_000
    url = f"{fake_stripe.url}/_fake/payment_intents/{made.reference}/pay"
    assert requests.post(url, data={"payment_method": "pm_card_visa"}, timeout=5).status_code == 200
    assert stripe_provider.retrieve_intent(made.reference).received == price
    back = stripe_provider.refund(
        intent=made.reference, refund_id=uuid7(), order_id=order, amount=Money(500, "ISK"), key="isk-back"
    )
    assert back.amount == Money(500, "ISK")


def test_a_currency_that_stripe_counts_a_hundredfold_is_not_taken(stripe_provider):
    with pytest.raises(PaymentRefused, match="Nothing can be paid in MGA"):
        stripe_provider.minimum("MGA")
