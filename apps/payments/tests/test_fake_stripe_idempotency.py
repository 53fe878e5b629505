"""Idempotency keys of the fake Stripe, and the trouble a test may order."""

from __future__ import annotations

import json
import threading
import time
import urllib.parse
import urllib.request

import pytest
import stripe

from apps.payments.fakes.stripe.gateway import Account
from apps.payments.fakes.stripe.server import Options

from .stripe_openapi.check import watched

TWO = [Account("sk_test_shop", "pk_test_shop"), Account("sk_test_other", "pk_test_other")]
NEW = {"amount": 1999, "currency": "eur"}


@pytest.fixture
def fake():
    with watched(Options(accounts=TWO)) as running:
        yield running


@pytest.fixture
def client(fake):
    return stripe.StripeClient("sk_test_shop", base_addresses={"api": fake.url}, max_network_retries=0)


def order(fake, **fault):
    control(fake, "faults", **fault)


def control(fake, address, **fields):
    request = urllib.request.Request(f"{fake.url}/_fake/{address}", urllib.parse.urlencode(fields).encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def create(client, key, **changes):
    return client.v1.payment_intents.create(NEW | changes, {"idempotency_key": key})


def intents(client):
    return [one.id for one in client.v1.payment_intents.list().data]


def test_the_same_key_gives_the_same_answer_and_one_intent(client):
    first = create(client, "pi-1")
    again = create(client, "pi-1")
    assert again.to_dict() == first.to_dict()
    assert "idempotent-replayed" not in {name.lower() for name in first.last_response.headers}
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert again.last_response.headers["Original-Request"] == first.last_response.headers["Request-Id"]
    assert intents(client) == [first.id]


def test_a_replay_is_the_saved_answer_not_the_present_state(client):
    first = create(client, "pi-1")
    client.v1.payment_intents.cancel(first.id)
    assert create(client, "pi-1").status == "requires_payment_method"


def test_other_parameters_or_another_address_under_one_key_are_refused(client):
    first = create(client, "pi-1")
    with pytest.raises(stripe.IdempotencyError, match="same parameters"):
        create(client, "pi-1", amount=2000)
    with pytest.raises(stripe.IdempotencyError, match="same endpoint"):
        client.v1.payment_intents.cancel(first.id, options={"idempotency_key": "pi-1"})
    assert intents(client) == [first.id]


def test_keys_and_objects_of_two_accounts_never_meet(client, fake):
    other = stripe.StripeClient("sk_test_other", base_addresses={"api": fake.url})
    mine, theirs = create(client, "pi-1"), create(other, "pi-1")
    assert mine.id != theirs.id
    with pytest.raises(stripe.InvalidRequestError, match="No such payment_intent"):
        client.v1.payment_intents.retrieve(theirs.id)


def test_a_refusal_before_execution_does_not_use_up_the_key(client):
    for wrong in ({"colour": "red"}, {"amount": 1}):
        with pytest.raises(stripe.InvalidRequestError):
            create(client, "pi-1", **wrong)
    assert create(client, "pi-1").status == "requires_payment_method"


def test_a_refusal_by_the_execution_is_saved(client):
    intent = create(client, "pi-1")
    client.v1.payment_intents.cancel(intent.id)
    for replayed in (None, "true"):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.payment_intents.cancel(intent.id, options={"idempotency_key": "cancel-1"})
        assert caught.value.code == "payment_intent_unexpected_state"
        assert (caught.value.headers or {}).get("Idempotent-Replayed") == replayed


def test_a_declined_card_is_saved_with_its_402(client):
    never = {"automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    how = never | {"confirm": True, "payment_method": "pm_card_chargeDeclined"}
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            create(client, "pi-1", **how)
    assert len(client.v1.charges.list().data) == 1


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_a_saved_500_comes_back_as_saved(client, fake, when, made):
    order(fake, kind="error", when=when, method="POST", path="/v1/payment_intents")
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            create(client, "pi-1")
        assert caught.value.http_status == 500
    assert len(intents(client)) == made
    create(client, "pi-2")
    assert len(intents(client)) == made + 1


def test_an_answer_lost_after_the_effect_is_found_again_by_its_key(client, fake):
    order(fake, kind="drop", when="after")
    with pytest.raises(stripe.APIConnectionError):
        create(client, "pi-1")
    again = create(client, "pi-1")
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    assert intents(client) == [again.id]


def test_a_request_lost_before_the_effect_leaves_nothing(client, fake):
    order(fake, kind="drop")
    with pytest.raises(stripe.APIConnectionError):
        create(client, "pi-1")
    assert intents(client) == []
    assert "Idempotent-Replayed" not in create(client, "pi-1").last_response.headers


def test_a_rate_limit_saves_nothing(client, fake):
    order(fake, kind="rate_limit")
    with pytest.raises(stripe.RateLimitError):
        create(client, "pi-1")
    assert create(client, "pi-1").id


def test_two_at_once_under_one_key_make_one_intent_and_one_conflict(client, fake):
    order(fake, kind="delay", seconds=0.5)
    made = []
    slow = threading.Thread(target=lambda: made.append(create(client, "pi-1").id))
    slow.start()
    deadline = time.monotonic() + 3
    while fake.gateway.faults.listed() and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(stripe.StripeError) as caught:
        create(client, "pi-1")
    slow.join()
    assert (caught.value.http_status, caught.value.json_body["error"]["code"]) == (409, "idempotency_key_in_use")
    assert create(client, "pi-1").id == made[0]
    assert intents(client) == made


def test_twenty_at_once_with_the_sdks_own_retries_agree(fake):
    patient = stripe.StripeClient("sk_test_shop", base_addresses={"api": fake.url}, max_network_retries=5)
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(create(patient, "pi-1").id)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(answers), len(set(answers))) == (20, 1)


def test_keys_may_vanish(client, fake):
    first = create(client, "pi-1")
    assert control(fake, "idempotency_keys/expire")["forgotten"] == 1
    assert create(client, "pi-1").id != first.id


def test_requests_are_counted_and_all_can_be_forgotten(client, fake):
    create(client, "pi-1")
    with urllib.request.urlopen(f"{fake.url}/_fake/stats", timeout=5) as answer:
        assert json.load(answer)["requests"] == {"POST /v1/payment_intents": {"200": 1}}
    control(fake, "reset")
    assert intents(client) == []
