"""What the fake Stripe answers and tells is what Stripe's OpenAPI document says; every test of the fake looks too."""

from __future__ import annotations

import urllib.error
from contextlib import suppress

import pytest

from apps.payments.fakes.stripe import shapes

from .fake_stripe import browser, client, client_of, control, fake
from .stripe_openapi.check import watched, wrong

NUMBERS = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
__all__ = ["browser", "client", "fake"]


def drive(client, browser, fake):
    """Every address of the fake, and the objects in all that may become of them."""
    v1 = client.v1
    hook = v1.webhook_endpoints.create({"url": "http://127.0.0.1:9/nobody", "enabled_events": ["*"]})
    v1.webhook_endpoints.retrieve(hook.id), v1.webhook_endpoints.list()
    v1.webhook_endpoints.update(hook.id, {"disabled": True}), v1.webhook_endpoints.delete(hook.id)
    drive_saved_cards(v1, browser, fake)
    drive_money(v1, fake)
    for found in (v1.payment_intents, v1.charges, v1.customers):
        found.search({"query": "created>0", "limit": 100})
    [newest] = v1.events.list({"limit": 1}).data
    v1.events.retrieve(newest.id)
    v1.events.list({"limit": 100})


def drive_saved_cards(v1, browser, fake):
    customer = v1.customers.create({"email": "ann@shop.test", "address": {"city": "Ulm"}})
    v1.customers.retrieve(customer.id), v1.customers.list(), v1.customers.update(customer.id, {"name": "Ann"})
    loose = browser.v1.payment_methods.create({"type": "card", "card": NUMBERS})
    method = v1.payment_methods.attach(loose.id, {"customer": customer.id})
    v1.payment_methods.retrieve(method.id), v1.payment_methods.list({"customer": customer.id})
    v1.payment_methods.update(method.id, {"metadata": {"a": "1"}})
    v1.customers.payment_methods.list(customer.id), v1.customers.payment_methods.retrieve(customer.id, method.id)
    for card, result in (("pm_card_visa", None), ("pm_card_authenticationRequiredOnSetup", "fail")):
        setup = v1.setup_intents.create({"customer": customer.id, "usage": "off_session"})
        control(fake, f"setup_intents/{setup.id}/pay", payment_method=card)
        if result:
            control(fake, f"setup_intents/{setup.id}/authenticate", result=result)
        v1.setup_intents.retrieve(setup.id, {"expand": ["latest_attempt", "payment_method", "customer"]})
    setup = v1.setup_intents.create({"customer": customer.id})
    v1.setup_intents.update(setup.id, {"metadata": {"a": "1"}}), v1.setup_intents.list()
    v1.setup_intents.confirm(setup.id, {"payment_method": "pm_card_visa", "return_url": "http://shop.test/"})
    v1.setup_intents.cancel(v1.setup_intents.create({}).id)
    v1.payment_methods.detach(method.id), v1.customers.delete(customer.id), v1.customers.retrieve(customer.id)


def pay(fake, intent, how):
    """As the buyer; a card may be declined."""
    with suppress(urllib.error.HTTPError):
        control(fake, f"payment_intents/{intent.id}/pay", payment_method=how)


def drive_money(v1, fake):
    for currency, how, then in (
        ("eur", "pm_card_visa", None),
        ("jpy", "pm_card_visa", None),
        ("kwd", "pm_card_visa", None),
        ("eur", "pm_card_chargeDeclined", None),
        ("eur", "pm_card_authenticationRequired", "succeed"),
        ("eur", "pm_card_authenticationRequired", "fail"),
        ("eur", "pm_card_createDispute", None),
        ("eur", "pm_card_pendingRefund", None),
    ):
        intent = v1.payment_intents.create({"amount": 19990, "currency": currency, "metadata": {"order_id": "7"}})
        pay(fake, intent, how)
        v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge", "payment_method"]})
        if then:
            control(fake, f"payment_intents/{intent.id}/authenticate", result=then)
    v1.refunds.create({"payment_intent": intent.id, "amount": 500, "expand": ["charge", "payment_intent"]})
    [refund] = v1.refunds.list({"payment_intent": intent.id}).data
    v1.refunds.retrieve(refund.id), v1.refunds.update(refund.id, {"metadata": {"a": "1"}})
    control(fake, f"refunds/{refund.id}/settle")
    v1.charges.list({"payment_intent": intent.id}), v1.charges.retrieve(refund.charge)
    control(fake, f"payment_intents/{intent.id}/dispute", reason="fraudulent", amount=500)
    for dispute in v1.disputes.list().data:
        v1.disputes.retrieve(dispute.id, {"expand": ["charge", "payment_intent"]})
        v1.disputes.update(dispute.id, {"evidence": {"uncategorized_text": "It came."}, "submit": False})
        v1.disputes.close(dispute.id)
    held = v1.payment_intents.create({"amount": 1999, "currency": "eur", "capture_method": "manual"})
    v1.payment_intents.update(held.id, {"description": "Mugs"})
    v1.payment_intents.confirm(held.id, {"payment_method": "pm_card_visa", "return_url": "http://shop.test/"})
    v1.payment_intents.capture(held.id, {"amount_to_capture": 1200})
    v1.payment_intents.cancel(v1.payment_intents.create({"amount": 1999, "currency": "eur"}).id)
    v1.payment_intents.list({"limit": 100})


def test_every_address_answers_in_stripes_own_shapes(client, browser, fake):
    control(fake, "reset")
    control(fake, "search", lag="0")
    drive(client, browser, fake)
    answered = {name for name, status in fake.gateway.stats if status == 200}
    assert answered >= {f"{one.method} {one.path}" for _, one in fake.gateway._routes}


@pytest.mark.parametrize(
    ("plant", "said"),
    [
        (lambda intent: intent.update(amount="1999"), "payment_intent.amount: '1999' is not of type 'integer'"),
        (lambda intent: intent.pop("created"), "payment_intent: 'created' is a required property"),
        (lambda intent: intent.update(ammount=1), "payment_intent: Stripe has no field ammount"),
        (lambda intent: intent.update(object="intent"), "Stripe has no intent"),
        (lambda intent: intent.update(currency=None), "payment_intent.currency: None is not of type 'string'"),
    ],
)
def test_a_wrong_field_is_seen_also_in_lists_and_events(client, fake, plant, said):
    client.v1.payment_intents.create({"amount": 1999, "currency": "eur"})
    page = client.v1.payment_intents.list({"limit": 1}).to_dict()
    event = client.v1.events.list({"limit": 1}).to_dict()["data"][0]
    assert wrong(page) == wrong(event) == []
    plant(page["data"][0])
    plant(event["data"]["object"])
    assert wrong(page) == wrong(event) == [said]


def test_a_fake_that_answers_wrongly_fails_the_tests_that_use_it(monkeypatch):
    right = shapes.payment_intent
    monkeypatch.setattr(shapes, "payment_intent", lambda **given: right(**given) | {"created": "yesterday"})
    with (
        pytest.raises(AssertionError, match=r"POST /v1/payment_intents: payment_intent\.created: 'yesterday'"),
        watched() as running,
    ):
        client_of(running.url).v1.payment_intents.create({"amount": 1999, "currency": "eur"})
