"""The fake Stripe sets money aside, takes it whole or in part, and lets it go, as Stripe would."""

from __future__ import annotations

import pytest
import stripe

from .fake_stripe import browser, client, control, fake, latest, news

__all__ = ["browser", "client", "fake"]


def authorized(client, fake, method="pm_card_visa", **changes):
    intent = client.v1.payment_intents.create(
        {"amount": 1999, "currency": "eur", "capture_method": "manual", **changes}
    )
    control(fake, f"payment_intents/{intent.id}/pay", payment_method=method)
    return client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})


def charge_of(client, intent):
    return client.v1.charges.retrieve(client.v1.payment_intents.retrieve(intent.id).latest_charge)


def test_money_is_set_aside_and_taken_later(client, fake):
    since = latest(client)
    intent = authorized(client, fake)
    assert (intent.status, intent.amount_capturable, intent.amount_received) == ("requires_capture", 1999, 0)
    held = intent.latest_charge
    assert (held.status, held.captured, held.amount_captured, held.balance_transaction) == ("succeeded", False, 0, None)
    week = held.payment_method_details.card.capture_before - held.created
    assert week == 7 * 24 * 3600
    taken = client.v1.payment_intents.capture(intent.id)
    assert (taken.status, taken.amount_capturable, taken.amount_received) == ("succeeded", 0, 1999)
    charge = charge_of(client, intent)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 1999, 0)
    assert news(client, since, "payment_intent", "charge", "refund") == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
    ]


def test_a_part_is_taken_and_the_rest_let_go(client, fake):
    intent = authorized(client, fake)
    taken = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1200, "metadata": {"parcel": "1"}})
    assert (taken.status, taken.amount, taken.amount_received) == ("succeeded", 1999, 1200)
    assert taken.metadata["parcel"] == "1"
    charge = charge_of(client, intent)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 1200, 0)
    assert client.v1.refunds.list({"payment_intent": intent.id}).data == []  # since 2025-03-31
    with pytest.raises(stripe.InvalidRequestError, match="greater than charge amount"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1201})
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 1200
    assert charge_of(client, intent).refunded


@pytest.mark.parametrize(
    ("asked", "code", "param"),
    [
        ({"amount_to_capture": 2000}, "amount_too_large", "amount_to_capture"),
        ({"amount_to_capture": 0}, None, "amount_to_capture"),
        ({"amount_to_capture": -1}, "parameter_invalid_integer", "amount_to_capture"),
        ({"final_capture": False}, None, "final_capture"),
    ],
)
def test_no_more_is_taken_than_was_set_aside(client, fake, asked, code, param):
    intent = authorized(client, fake)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(intent.id, asked)
    assert (caught.value.code, caught.value.param) == (code, param)
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"


def test_money_is_taken_once(client, fake):
    intent = authorized(client, fake)
    assert client.v1.payment_intents.capture(intent.id, {}, {"idempotency_key": "once"}).status == "succeeded"
    assert client.v1.payment_intents.capture(intent.id, {}, {"idempotency_key": "once"}).status == "succeeded"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.capture(intent.id)
    assert caught.value.code == "payment_intent_unexpected_state"
    opened = client.v1.payment_intents.create({"amount": 500, "currency": "eur"})
    with pytest.raises(stripe.InvalidRequestError, match="status of requires_payment_method"):
        client.v1.payment_intents.capture(opened.id)


def test_a_void_lets_everything_go(client, fake):
    since = latest(client)
    intent = authorized(client, fake)
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.refunds.create({"payment_intent": intent.id})
    voided = client.v1.payment_intents.cancel(intent.id)
    assert (voided.status, voided.amount_capturable, voided.amount_received) == ("canceled", 0, 0)
    charge = charge_of(client, intent)
    assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, False, 0)
    with pytest.raises(stripe.InvalidRequestError, match="status of canceled"):
        client.v1.payment_intents.capture(intent.id)
    told = news(client, since, "charge", "payment_intent")[-2:]
    assert told == ["payment_intent.amount_capturable_updated", "payment_intent.canceled"]


def test_what_nobody_takes_in_seven_days_is_let_go(client, fake):
    since = latest(client)
    intent = authorized(client, fake)
    control(fake, f"payment_intents/{intent.id}/lapse")
    now = client.v1.payment_intents.retrieve(intent.id)
    assert (now.status, now.cancellation_reason, now.amount_capturable) == ("canceled", "automatic", 0)
    assert news(client, since, "charge.expired", "payment_intent.canceled") == [
        "charge.expired",
        "payment_intent.canceled",
    ]


def test_3d_secure_comes_before_the_money_is_set_aside(client, fake):
    intent = authorized(client, fake, method="pm_card_authenticationRequired")
    assert (intent.status, intent.latest_charge) == ("requires_action", None)
    control(fake, f"payment_intents/{intent.id}/authenticate", result="succeed")
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_capture"


def test_the_panel_takes_and_lets_go_too(client, fake):
    first, second = authorized(client, fake), authorized(client, fake)
    control(fake, f"payment_intents/{first.id}/capture", amount=100)
    control(fake, f"payment_intents/{second.id}/cancel")
    assert client.v1.payment_intents.retrieve(first.id).amount_received == 100
    assert client.v1.payment_intents.retrieve(second.id).status == "canceled"


@pytest.mark.parametrize(("amount", "currency", "part"), [(800, "jpy", 301), (5120, "kwd", 1230)])
def test_parts_of_currencies_without_and_with_three_decimals(client, fake, amount, currency, part):
    intent = authorized(client, fake, amount=amount, currency=currency)
    assert client.v1.payment_intents.capture(intent.id, {"amount_to_capture": part}).amount_received == part
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 100})
    assert (first.amount, first.currency) == (100, currency)
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == part - 100


IN_PARTS = {"payment_method_options": {"card": {"request_multicapture": "if_available"}}}


def part(client, intent, amount, **more):
    return client.v1.payment_intents.capture(intent.id, {"amount_to_capture": amount, "final_capture": False, **more})


def test_several_parts_are_taken_where_it_was_asked_for_and_the_last_one_lets_go(client, fake):
    since = latest(client)
    intent = authorized(client, fake, **IN_PARTS)
    assert intent.latest_charge.payment_method_details.card.multicapture.status == "available"
    states = [part(client, intent, 700), part(client, intent, 300), client.v1.payment_intents.capture(intent.id, LAST)]

    assert [(one.status, one.amount_received, one.amount_capturable) for one in states] == [
        ("requires_capture", 700, 1299),
        ("requires_capture", 1000, 999),
        ("succeeded", 1499, 0),
    ]
    charge = charge_of(client, intent)
    assert (charge.captured, charge.amount_captured, charge.amount_refunded) == (True, 1499, 0)
    assert news(client, since, "charge.captured", "payment_intent")[2:] == [
        *("charge.captured", "payment_intent.amount_capturable_updated") * 2,
        *("charge.captured", "payment_intent.succeeded"),
    ]


LAST = {"amount_to_capture": 499}


def test_what_parts_have_left_is_let_go_by_a_final_capture_of_nothing(client, fake):
    intent = authorized(client, fake, **IN_PARTS)
    part(client, intent, 700)
    with pytest.raises(stripe.InvalidRequestError, match="greater than the amount that can be captured"):
        part(client, intent, 1300)
    with pytest.raises(stripe.InvalidRequestError, match="greater than or equal to 1"):
        part(client, intent, 0)
    ended = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 0, "final_capture": True})

    assert (ended.status, ended.amount_received, ended.amount_capturable) == ("succeeded", 700, 0)
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 700


def test_a_part_can_be_sent_back_while_the_rest_is_set_aside(client, fake):
    """Never more than was captured; the charge is refunded only once the last capture was made."""
    intent = authorized(client, fake, **IN_PARTS)
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        client.v1.refunds.create({"payment_intent": intent.id})
    part(client, intent, 700)
    with pytest.raises(stripe.InvalidRequestError, match="is greater than charge amount"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 701})
    assert client.v1.refunds.create({"payment_intent": intent.id, "amount": 300}).amount == 300
    assert client.v1.refunds.create({"payment_intent": intent.id}).amount == 400
    with pytest.raises(stripe.InvalidRequestError, match="has already been refunded"):
        client.v1.refunds.create({"payment_intent": intent.id})
    charge, now = charge_of(client, intent), client.v1.payment_intents.retrieve(intent.id)
    assert (charge.captured, charge.refunded, charge.amount_refunded) == (False, False, 700)
    assert (now.status, now.amount_received, now.amount_capturable) == ("requires_capture", 700, 1299)
    client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 0, "final_capture": True})
    assert charge_of(client, intent).refunded


def test_a_part_under_the_same_key_is_taken_once(client, fake):
    intent = authorized(client, fake, **IN_PARTS)
    params = {"amount_to_capture": 700, "final_capture": False}
    for _ in range(2):
        taken = client.v1.payment_intents.capture(intent.id, params, {"idempotency_key": f"part of {intent.id}"})
        assert (taken.amount_received, taken.amount_capturable) == (700, 1299)


@pytest.mark.parametrize("options", [{}, {"payment_method_options": {"card": {"request_multicapture": "never"}}}])
def test_parts_that_were_not_asked_for_with_the_intent_are_refused(client, fake, options):
    intent = authorized(client, fake, **options)
    assert intent.latest_charge.payment_method_details.card.multicapture.status == "unavailable"
    with pytest.raises(stripe.InvalidRequestError) as caught:
        part(client, intent, 700)
    assert caught.value.param == "final_capture"


def test_parts_are_kept_when_the_rest_lapses(client, fake):
    intent = authorized(client, fake, **IN_PARTS)
    part(client, intent, 700)
    control(fake, f"payment_intents/{intent.id}/lapse")
    now = client.v1.payment_intents.retrieve(intent.id)
    assert (now.status, now.amount_received, now.amount_capturable) == ("succeeded", 700, 0)
