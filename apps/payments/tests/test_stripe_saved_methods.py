"""Saved methods at Stripe itself, by its SDK: set up with and without 3-D Secure, paid with, let go."""

from __future__ import annotations

import pytest
import requests

from apps.payments.contracts import Payer
from apps.payments.models import Payment
from apps.payments.services.ensure_customer import ensure_customer
from apps.payments.services.saved_methods import list_methods, open_setup
from apps.payments.tests.test_saved_methods import PATH, ask, open_for
from shop import clock
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


def browser(fake, kind, reference, what, **fields):
    answer = requests.post(f"{fake.url}/_fake/{kind}/{reference}/{what}", data=fields, timeout=5)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("card", ["pm_card_visa", "pm_card_authenticationRequiredOnSetup"])
def test_a_card_is_saved_pays_an_order_and_is_let_go(fake_stripe, stripe_provider, card):
    ada = uuid7()
    setup = open_setup(operation_id=uuid7(), customer_id=ada)
    browser(fake_stripe, "setup_intents", setup.reference, "pay", payment_method=card)
    if stripe_provider.retrieve_setup(setup.reference).status == "requires_action":
        browser(fake_stripe, "setup_intents", setup.reference, "authenticate", result="succeed")
    assert stripe_provider.retrieve_setup(setup.reference).status == "succeeded"
    (saved,) = list_methods(customer_id=ada)
    assert (saved.brand, len(saved.last4)) == ("visa", 4)

    order, _ = open_for(Payer(ada))
    intent = Payment.objects.get(pk=order).provider_reference
    paid = browser(fake_stripe, "payment_intents", intent, "pay", payment_method=saved.id)
    assert paid["status"] == "succeeded"
    assert ask("DELETE", f"{PATH}/{saved.id}", uuid7()).status_code == 404
    assert ask("DELETE", f"{PATH}/{saved.id}", ada).status_code == 204
    assert ask("DELETE", f"{PATH}/{saved.id}", ada).status_code == 404
    assert list_methods(customer_id=ada) == ()


def test_a_card_that_paid_an_order_is_saved_when_that_was_asked_for(fake_stripe, stripe_provider):
    ada = uuid7()
    order, _ = open_for(Payer(ada, save_method=True))
    browser(fake_stripe, "payment_intents", Payment.objects.get(pk=order).provider_reference, "pay")
    assert [method.last4 for method in list_methods(customer_id=ada)] == ["4242"]


def test_customers_are_found_by_our_id_and_deleted_twice(fake_stripe, stripe_provider):
    ada, before = uuid7(), clock.now()
    reference = ensure_customer(ada)
    assert stripe_provider.find_customer(ada, since=before) == reference
    assert stripe_provider.find_customer(uuid7(), since=before) is None
    for _ in range(2):
        stripe_provider.delete_customer(reference)
    order, sheet = open_for(Payer(ada))
    assert (sheet.client_secret != "", Payment.objects.get(pk=order).customer_reference) == (True, "")
