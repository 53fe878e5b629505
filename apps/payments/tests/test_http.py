"""The webhook over HTTP: signed by Stripe over the raw body, kept once, answered at once."""

from __future__ import annotations

import json
import time

import pytest
import stripe
from django.test import Client

from apps.payments.models import ProviderEvent
from shop import jobs
from shop.testing.races import at_once

pytestmark = pytest.mark.usefixtures("database", "stripe_provider")
PATH = "/api/v1/webhooks/stripe"


def event(event_id="evt_1", kind="payment_intent.succeeded"):
    intent = {"id": "pi_1", "object": "payment_intent", "client_secret": "pi_1_secret_x"}
    return {"id": event_id, "object": "event", "type": kind, "created": 1767225600, "data": {"object": intent}}


def post(body: str, *, secret="whsec_shop", at=None, header=None):
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, timestamp=at)
    headers = {"stripe-signature": signature if header is None else header}
    return Client().post(PATH, data=body.encode(), content_type="application/json", headers=headers)


def test_a_signed_event_is_kept_answered_and_wakes_the_worker(fake_stripe):
    jobs.woken.clear()
    answer = post(json.dumps(event()))
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    row = ProviderEvent.objects.get()
    assert (row.pk, row.type, row.intent_reference, row.status) == (
        "evt_1",
        "payment_intent.succeeded",
        "pi_1",
        "pending",
    )
    assert (row.status, row.occurred_at.isoformat()) == ("pending", "2026-01-01T00:00:00+00:00")
    assert jobs.woken == ["payments.handle_provider_events"]
    assert fake_stripe.gateway.stats == {}


def test_the_buyers_secret_in_it_is_not_kept():
    post(json.dumps(event()))
    assert "secret" not in ProviderEvent.objects.get().payload


def test_a_repeat_is_welcome_and_kept_once():
    answers = [post(json.dumps(event())).status_code for _ in range(3)]
    assert (answers, ProviderEvent.objects.count()) == ([200] * 3, 1)


@pytest.mark.parametrize(
    "trouble",
    [
        {"secret": "whsec_wrong"},
        {"at": int(time.time()) - 400},
        {"header": ""},
        {"header": "nonsense"},
        {"header": "t=1,v1=é"},
        {"header": "t=x,v1=00"},
    ],
    ids=["secret", "old", "missing", "nonsense", "not-ascii", "time"],
)
def test_what_is_not_signed_by_stripe_is_refused(trouble):
    answer = post(json.dumps(event()), **trouble)
    assert (answer.status_code, answer.json()["code"]) == (400, "payments.bad_signature")
    assert answer["Content-Type"] == "application/problem+json"
    assert not ProviderEvent.objects.exists()


def test_an_altered_body_is_refused():
    body = json.dumps(event())
    signature = stripe.WebhookSignature.generate_signature_header(body, "whsec_shop")
    answer = post(body.replace("pi_1", "pi_2"), header=signature)
    assert (answer.status_code, ProviderEvent.objects.count()) == (400, 0)


@pytest.mark.parametrize("body", ["{", "[]", "1", '{"id": "evt_1"}', '{"data": {"object": 1}}'])
def test_a_signed_body_that_is_no_event_is_refused(body):
    assert post(body).status_code == 400
    assert not ProviderEvent.objects.exists()


def test_a_body_larger_than_any_event_is_refused():
    large = event() | {"padding": "x" * 300_000}
    assert post(json.dumps(large)).status_code == 413


def test_nobody_reads_here():
    assert Client().get(PATH).status_code == 405


def test_ten_identical_webhooks_at_once_are_one_event():
    body = json.dumps(event())
    assert at_once(*[lambda: post(body).status_code] * 10) == [200] * 10
    assert ProviderEvent.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {**event(), "created": 10**20},
        {**event(), "id": "evt_\ud800"},
        {**event(), "type": "\udfff"},
        {**event(), "data": {"object": []}},
        {**event(), "data": {"object": {"id": "\ud800", "object": "payment_intent"}}},
    ],
)
def test_a_signed_body_that_is_no_event_is_refused_and_not_kept(wrong):
    assert (post(json.dumps(wrong)).status_code, ProviderEvent.objects.count()) == (400, 0)
