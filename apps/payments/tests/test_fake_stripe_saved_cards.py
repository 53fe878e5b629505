"""The fake Stripe keeps cards with customers, by setup intents and by payments, as Stripe would."""

from __future__ import annotations

import urllib.request

import pytest
import stripe

from .fake_stripe import browser, client, control, fake, latest, news

__all__ = ["browser", "client", "fake"]
NEVER = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}


@pytest.fixture
def customer(client):
    return client.v1.customers.create({"email": "ann@shop.test", "metadata": {"customer_id": "7"}})


def kept(client, customer):
    return [one.id for one in client.v1.customers.payment_methods.list(customer.id).data]


def set_up(browser, intent, **how):
    return browser.v1.setup_intents.confirm(intent.id, {"client_secret": intent.client_secret, **how})


def test_a_customer_is_described_found_and_changed(client, customer):
    assert (customer.id[:4], customer.email, customer.metadata["customer_id"]) == ("cus_", "ann@shop.test", "7")
    changed = client.v1.customers.update(
        customer.id, {"name": "Ann", "address": {"city": "Ulm"}, "metadata": {"a": "1"}}
    )
    assert (changed.name, changed.address.city, changed.address.country) == ("Ann", "Ulm", None)
    assert changed.metadata.to_dict() == {"customer_id": "7", "a": "1"}
    assert client.v1.customers.retrieve(customer.id).name == "Ann"
    assert customer.id in [one.id for one in client.v1.customers.list({"email": "ann@shop.test"}).data]
    assert client.v1.customers.list({"email": "bob@shop.test"}).data == []


def test_a_deleted_customer_is_known_by_id_only_and_keeps_no_card(client, customer):
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    assert client.v1.customers.delete(customer.id).deleted is True
    assert client.v1.customers.retrieve(customer.id).deleted is True
    assert client.v1.payment_methods.retrieve(method.id).customer is None
    for call in (
        lambda: client.v1.customers.update(customer.id, {"name": "Ann"}),
        lambda: client.v1.setup_intents.create({"customer": customer.id}),
        lambda: client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id}),
        lambda: client.v1.payment_intents.create({"amount": 500, "currency": "eur", "customer": customer.id}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call()
        assert caught.value.code == "resource_missing"


def test_a_card_is_attached_listed_and_detached_for_good(client, customer):
    since = latest(client)
    method = client.v1.payment_methods.attach("pm_card_mastercard", {"customer": customer.id})
    assert (method.customer, method.card.brand, method.card.last4) == (customer.id, "mastercard", "4444")
    assert client.v1.payment_methods.attach(method.id, {"customer": customer.id}).id == method.id
    assert kept(client, customer) == [method.id]
    assert [one.id for one in client.v1.payment_methods.list({"customer": customer.id}).data] == [method.id]
    assert client.v1.payment_methods.detach(method.id).customer is None
    assert kept(client, customer) == []
    for call in (
        lambda: client.v1.payment_methods.detach(method.id),
        lambda: client.v1.payment_methods.attach(method.id, {"customer": customer.id}),
    ):
        with pytest.raises(stripe.InvalidRequestError):
            call()
    assert news(client, since, "payment_method") == ["payment_method.attached", "payment_method.detached"]


def test_a_card_belongs_to_one_customer(client, customer):
    other = client.v1.customers.create({})
    method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
    with pytest.raises(stripe.InvalidRequestError, match="already been attached"):
        client.v1.payment_methods.attach(method.id, {"customer": other.id})
    for owner in ({}, {"customer": other.id}):
        with pytest.raises(stripe.InvalidRequestError, match="belongs to"):
            client.v1.payment_intents.create({"amount": 500, "currency": "eur", "payment_method": method.id, **owner})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.customers.payment_methods.retrieve(other.id, method.id)
    assert caught.value.code == "resource_missing"


def test_a_bad_card_cannot_be_attached_but_one_that_fails_later_can(client, customer):
    with pytest.raises(stripe.CardError) as caught:
        client.v1.payment_methods.attach("pm_card_chargeDeclined", {"customer": customer.id})
    assert caught.value.code == "card_declined"
    method = client.v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer.id})
    charge = {"amount": 500, "currency": "eur", "customer": customer.id, "payment_method": method.id}
    with pytest.raises(stripe.CardError):
        client.v1.payment_intents.create({**charge, "confirm": True, "off_session": True, **NEVER})


def test_a_setup_intent_keeps_a_card_that_then_pays_without_its_owner(client, browser, customer):
    since = latest(client)
    intent = client.v1.setup_intents.create({"customer": customer.id, "metadata": {"customer_id": "7"}})
    assert (intent.id[:5], intent.status, intent.usage) == ("seti_", "requires_payment_method", "off_session")
    done = set_up(browser, intent, payment_method="pm_card_visa")
    assert (done.status, "metadata" in done.to_dict()) == ("succeeded", False)
    assert kept(client, customer) == [done.payment_method]
    assert news(client, since, "setup_intent", "payment_method") == [
        "setup_intent.created",
        "payment_method.attached",
        "setup_intent.succeeded",
    ]
    charge = {"amount": 500, "currency": "eur", "customer": customer.id, "payment_method": done.payment_method}
    for _ in range(2):
        paid = client.v1.payment_intents.create({**charge, "confirm": True, "off_session": True, **NEVER})
        assert (paid.status, paid.customer) == ("succeeded", customer.id)


def test_a_setup_intent_passes_through_3d_secure_once(client, browser, fake, customer):
    intent = client.v1.setup_intents.create({"customer": customer.id})
    method = "pm_card_authenticationRequiredOnSetup"
    asked = set_up(browser, intent, payment_method=method, return_url="https://shop.test/cards")
    assert (asked.status, asked.next_action.type) == ("requires_action", "redirect_to_url")
    page = urllib.request.Request(asked.next_action.redirect_to_url.url, headers={"Accept": "text/html"})
    with urllib.request.urlopen(page, timeout=5) as answer:
        assert b"keeps your card" in answer.read()
    assert kept(client, customer) == []
    control(fake, f"setup_intents/{intent.id}/authenticate", result="succeed")
    found = client.v1.setup_intents.retrieve(intent.id, {"expand": ["latest_attempt"]})
    assert (found.status, found.latest_attempt.status) == ("succeeded", "succeeded")
    assert kept(client, customer) == [found.payment_method]
    charge = {"amount": 500, "currency": "eur", "customer": customer.id, "payment_method": found.payment_method}
    paid = client.v1.payment_intents.create({**charge, "confirm": True, "off_session": True, **NEVER})
    assert paid.status == "succeeded"


def test_a_setup_that_fails_waits_for_another_card(client, browser, fake, customer):
    since = latest(client)
    intent = client.v1.setup_intents.create({"customer": customer.id})
    with pytest.raises(stripe.CardError) as caught:
        set_up(browser, intent, payment_method="pm_card_chargeDeclinedInsufficientFunds")
    assert caught.value.json_body["error"]["setup_intent"]["status"] == "requires_payment_method"
    set_up(browser, intent, payment_method="pm_card_threeDSecure2Required")
    control(fake, f"setup_intents/{intent.id}/authenticate", result="fail")
    failed = client.v1.setup_intents.retrieve(intent.id)
    assert failed.last_setup_error.code == "setup_intent_authentication_failure"
    assert kept(client, customer) == []
    assert set_up(browser, intent, payment_method="pm_card_visa").status == "succeeded"
    assert [kind for kind in news(client, since, "setup_intent") if "failed" in kind] == [
        "setup_intent.setup_failed"
    ] * 2


def test_a_setup_intent_ends_and_stays_ended(client, browser):
    intent = client.v1.setup_intents.create()
    canceled = client.v1.setup_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    with pytest.raises(stripe.InvalidRequestError) as caught:
        set_up(browser, intent, payment_method="pm_card_visa")
    assert caught.value.code == "setup_intent_unexpected_state"
    with pytest.raises(stripe.InvalidRequestError):
        browser.v1.setup_intents.retrieve(intent.id, {"client_secret": "wrong"})


def test_a_payment_can_keep_its_card(client, browser, customer):
    opened = client.v1.payment_intents.create({"amount": 500, "currency": "eur", "customer": customer.id, **NEVER})
    client.v1.payment_intents.update(opened.id, {"setup_future_usage": "off_session"})
    paid = browser.v1.payment_intents.confirm(
        opened.id, {"client_secret": opened.client_secret, "payment_method": "pm_card_visa"}
    )
    assert kept(client, customer) == [paid.payment_method]


def test_a_loose_card_pays_once(client, browser):
    method = browser.v1.payment_methods.create(
        {"type": "card", "card": {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}}
    )
    charge = {"amount": 500, "currency": "eur", "payment_method": method.id, "confirm": True, **NEVER}
    assert client.v1.payment_intents.create(charge).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
        client.v1.payment_intents.create(charge)
