"""The fake Stripe answers Stripe's own SDK as Stripe would: purchases, refusals and refunds."""

from __future__ import annotations

import http.client
import time
from urllib.parse import urlsplit

import pytest
import stripe

from .stripe_openapi.check import watched

NUMBERS = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
CARD = {"type": "card", "card": NUMBERS}


@pytest.fixture(scope="module")
def fake():
    with watched() as running:
        yield running


@pytest.fixture
def client(fake):
    return stripe.StripeClient("sk_test_shop", base_addresses={"api": fake.url}, max_network_retries=0)


@pytest.fixture
def browser(fake):
    return stripe.StripeClient("pk_test_shop", base_addresses={"api": fake.url}, max_network_retries=0)


def opened(client, **changes):
    return client.v1.payment_intents.create({"amount": 1999, "currency": "eur", **changes})


def paid(client, browser, **changes):
    intent = opened(client, **changes)
    return pay(browser, intent, payment_method="pm_card_visa")


def pay(browser, intent, **how):
    return browser.v1.payment_intents.confirm(intent.id, {"client_secret": intent.client_secret, **how})


def ask(fake, method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(urlsplit(fake.url).netloc, timeout=5)
    connection.request(method, path, body, {"Authorization": "Bearer sk_test_shop"} | (headers or {}))
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, dict(answer.getheaders()), text


def test_a_new_intent_waits_for_a_payment_method(client):
    intent = opened(client, metadata={"order": "SO-1"}, description="Order SO-1")
    assert intent.id.startswith("pi_3")
    assert intent.client_secret.startswith(f"{intent.id}_secret_")
    assert (intent.status, intent.amount, intent.currency) == ("requires_payment_method", 1999, "eur")
    assert (intent.metadata["order"], intent.description, intent.livemode) == ("SO-1", "Order SO-1", False)
    assert client.v1.payment_intents.retrieve(intent.id).client_secret == intent.client_secret


def test_a_good_card_pays_in_one_charge(client, browser):
    intent = opened(client)
    assert pay(browser, intent, payment_method_data=CARD).status == "succeeded"
    now = client.v1.payment_intents.retrieve(intent.id, {"expand": ["latest_charge"]})
    assert (now.status, now.amount_received) == ("succeeded", 1999)
    charge = now.latest_charge
    assert (charge.amount, charge.paid, charge.payment_intent) == (1999, True, intent.id)
    assert charge.payment_method_details.card.last4 == "4242"


@pytest.mark.parametrize(
    ("method", "code", "decline_code"),
    [
        ({"payment_method": "pm_card_chargeDeclined"}, "card_declined", "generic_decline"),
        ({"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}, "card_declined", "insufficient_funds"),
        ({"payment_method": "pm_card_chargeDeclinedExpiredCard"}, "expired_card", "expired_card"),
    ],
)
def test_a_declined_card_leaves_the_intent_open_for_another(client, browser, method, code, decline_code):
    intent = opened(client)
    with pytest.raises(stripe.CardError) as caught:
        pay(browser, intent, **method)
    error = caught.value
    assert (error.http_status, error.code, error.json_body["error"]["decline_code"]) == (402, code, decline_code)
    assert error.json_body["error"]["payment_intent"]["status"] == "requires_payment_method"
    now = client.v1.payment_intents.retrieve(intent.id)
    assert (now.last_payment_error.decline_code, now.payment_method) == (decline_code, None)
    assert client.v1.charges.retrieve(now.latest_charge).status == "failed"
    assert pay(browser, intent, payment_method="pm_card_visa").status == "succeeded"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"number": "4242424242424241"}, "incorrect_number"),
        ({"exp_year": 2020}, "invalid_expiry_year"),
        ({"exp_month": 13}, "invalid_expiry_month"),
        ({"cvc": "1"}, "invalid_cvc"),
        ({"number": "4000000000000002"}, "card_declined"),
        ({"number": "4111111111111111"}, "card_declined"),
    ],
)
def test_a_wrong_card_is_told_apart(client, browser, change, code):
    data = {"type": "card", "card": NUMBERS | change}
    with pytest.raises(stripe.CardError) as caught:
        pay(browser, opened(client), payment_method_data=data)
    assert caught.value.code == code


def authenticate(fake, intent, result):
    return ask(fake, "POST", f"/_fake/payment_intents/{intent.id}/authenticate?result={result}")[0]


def test_a_card_that_asks_for_authentication_pays_after_it(client, browser, fake):
    intent = opened(client)
    asked = pay(browser, intent, payment_method="pm_card_authenticationRequired", return_url="https://shop.test/done")
    assert (asked.status, asked.next_action.type) == ("requires_action", "redirect_to_url")
    status, _, page = ask(
        fake, "GET", urlsplit(asked.next_action.redirect_to_url.url).path, headers={"Accept": "text/html"}
    )
    assert (status, b"Approve" in page) == (200, True)
    assert authenticate(fake, intent, "succeed") == 200
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert authenticate(fake, intent, "succeed") == 400


def test_a_failed_authentication_leaves_the_intent_open(client, browser, fake):
    intent = opened(client)
    asked = pay(browser, intent, payment_method_data=CARD | {"card": NUMBERS | {"number": "4000002500003155"}})
    assert (asked.status, asked.next_action.type) == ("requires_action", "use_stripe_sdk")
    authenticate(fake, intent, "fail")
    now = client.v1.payment_intents.retrieve(intent.id)
    assert now.status == "requires_payment_method"
    assert now.last_payment_error.code == "payment_intent_authentication_failure"


def test_the_server_confirms_only_with_a_return_url_unless_redirects_are_off(client):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        opened(client, confirm=True, payment_method="pm_card_visa")
    assert caught.value.param == "return_url"
    never = {"enabled": True, "allow_redirects": "never"}
    assert (
        opened(client, confirm=True, payment_method="pm_card_visa", automatic_payment_methods=never).status
        == "succeeded"
    )


def test_cancel_works_until_money_moved(client, browser, fake):
    intent = opened(client)
    canceled = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
    assert (canceled.status, canceled.cancellation_reason) == ("canceled", "abandoned")
    moving = opened(client)
    ask(fake, "POST", f"/_fake/payment_intents/{moving.id}/process")
    for final, status in ((intent, "canceled"), (paid(client, browser), "succeeded"), (moving, "processing")):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            client.v1.payment_intents.cancel(final.id)
        assert caught.value.code == "payment_intent_unexpected_state"
        assert caught.value.json_body["error"]["payment_intent"]["status"] == status
    with pytest.raises(stripe.InvalidRequestError):
        pay(browser, intent, payment_method="pm_card_visa")


@pytest.mark.parametrize(("result", "status"), [("succeed", "succeeded"), ("fail", "requires_payment_method")])
def test_processing_ends_as_it_is_settled(client, fake, result, status):
    intent = opened(client)
    ask(fake, "POST", f"/_fake/payment_intents/{intent.id}/process")
    assert client.v1.payment_intents.retrieve(intent.id).status == "processing"
    ask(fake, "POST", f"/_fake/payment_intents/{intent.id}/settle?result={result}")
    assert client.v1.payment_intents.retrieve(intent.id).status == status


def test_a_paid_intent_pays_no_second_time(client, browser):
    intent = paid(client, browser)
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa", "return_url": "https://a.test"})
    assert caught.value.code == "payment_intent_unexpected_state"
    assert len(client.v1.charges.list({"payment_intent": intent.id}).data) == 1


def test_a_browser_needs_the_client_secret_and_sees_little(client, browser):
    intent = opened(client, metadata={"secret": "of the shop"})
    with pytest.raises(stripe.InvalidRequestError) as caught:
        browser.v1.payment_intents.retrieve(intent.id, {"client_secret": f"{intent.id}_secret_wrong"})
    assert caught.value.code == "payment_intent_invalid_parameter"
    with pytest.raises(stripe.InvalidRequestError):
        browser.v1.payment_intents.retrieve(intent.id)
    seen = browser.v1.payment_intents.retrieve(intent.id, {"client_secret": intent.client_secret})
    assert "metadata" not in seen.to_dict()
    for refused in (browser.v1.payment_intents.list, browser.v1.events.list):
        with pytest.raises(stripe.AuthenticationError):
            refused()


def test_money_goes_back_in_parts_and_never_more_than_was_paid(client, browser):
    intent = paid(client, browser)
    first = client.v1.refunds.create({"payment_intent": intent.id, "amount": 999, "reason": "requested_by_customer"})
    assert (first.status, first.amount, first.payment_intent) == ("succeeded", 999, intent.id)
    with pytest.raises(stripe.InvalidRequestError, match=r"Refund amount \(€10\.01\) is greater than unrefunded"):
        client.v1.refunds.create({"payment_intent": intent.id, "amount": 1001})
    rest = client.v1.refunds.create({"payment_intent": intent.id})
    assert rest.amount == 1000
    with pytest.raises(stripe.InvalidRequestError) as caught:
        client.v1.refunds.create({"payment_intent": intent.id})
    assert caught.value.code == "charge_already_refunded"
    assert [one.id for one in client.v1.refunds.list({"payment_intent": intent.id}).data] == [rest.id, first.id]
    charge = client.v1.charges.retrieve(rest.charge)
    assert (charge.amount_refunded, charge.refunded) == (1999, True)


def test_an_unpaid_intent_has_nothing_to_refund(client):
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge to refund"):
        client.v1.refunds.create({"payment_intent": opened(client).id})


def test_a_refund_that_the_bank_returns_is_open_again(client, browser, fake):
    refund = client.v1.refunds.create({"payment_intent": paid(client, browser).id})
    ask(fake, "POST", f"/_fake/refunds/{refund.id}/fail")
    assert client.v1.refunds.retrieve(refund.id).status == "failed"
    assert client.v1.charges.retrieve(refund.charge).amount_refunded == 0


@pytest.mark.parametrize(
    ("changes", "code", "param"),
    [
        ({"amount": 49}, "amount_too_small", "amount"),
        ({"amount": 0}, "parameter_invalid_integer", "amount"),
        ({"amount": "19.99"}, "parameter_invalid_integer", "amount"),
        ({"amount": 100_000_000}, "amount_too_large", "amount"),
        ({"amount": 49, "currency": "jpy"}, "amount_too_small", "amount"),
        ({"amount": 5124, "currency": "kwd"}, "parameter_invalid_integer", "amount"),
        ({"currency": "xyz"}, None, "currency"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"automatic_payment_methods": {"enabled": "perhaps"}}, None, "automatic_payment_methods[enabled]"),
        ({"automatic_payment_methods": {"on": True}}, "parameter_unknown", "automatic_payment_methods[on]"),
        ({"capture_method": "never"}, None, "capture_method"),
        ({"receipt_email": "nobody"}, "email_invalid", "receipt_email"),
        ({"description": "x" * 1001}, "parameter_invalid_string_too_long", "description"),
    ],
)
def test_a_wrong_parameter_is_named(client, changes, code, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        opened(client, **changes)
    assert (caught.value.http_status, caught.value.code, caught.value.param) == (400, code, param)


def test_a_missing_parameter_is_named(client):
    with pytest.raises(stripe.InvalidRequestError, match="Missing required param: currency") as caught:
        client.v1.payment_intents.create({"amount": 1999})
    assert caught.value.code == "parameter_missing"


def test_zero_and_three_decimal_currencies_are_taken(client):
    assert opened(client, amount=800, currency="JPY").currency == "jpy"
    assert opened(client, amount=5120, currency="kwd").amount == 5120


def test_metadata_is_merged_and_unset(client):
    intent = opened(client, metadata={"a": "1", "b": "2"})
    changed = client.v1.payment_intents.update(intent.id, {"metadata": {"a": "", "c": "3"}, "amount": 2500})
    assert (changed.metadata.to_dict(), changed.amount) == ({"b": "2", "c": "3"}, 2500)
    assert client.v1.payment_intents.update(intent.id, {"metadata": ""}).metadata.to_dict() == {}


def test_a_stranger_and_a_wrong_key_are_refused(fake):
    for headers in ({"Authorization": ""}, {"Authorization": "Bearer sk_test_other"}, {"Authorization": "Basic %%"}):
        status, answered, text = ask(fake, "GET", "/v1/payment_intents", headers=headers)
        assert (status, answered["WWW-Authenticate"]) == (401, 'Basic realm="Stripe"')
        assert b"invalid_request_error" in text
    with pytest.raises(stripe.AuthenticationError, match="Invalid API Key provided"):
        stripe.StripeClient("sk_test_wrong", base_addresses={"api": fake.url}).v1.payment_intents.list()


def test_http_is_strict(fake):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask(fake, "POST", "/v1/payment_intents", b"{}", {"Content-Type": "application/json"})[0] == 400
    status, headers, _ = ask(fake, "DELETE", "/v1/payment_intents", b"", form)
    assert (status, headers["Allow"]) == (405, "GET, POST")
    assert ask(fake, "GET", "/v1/payment_intent")[0] == 404
    assert ask(fake, "GET", "/v1/payment_intents?limit=101")[0] == 400
    assert ask(fake, "GET", "/v1/payment_intents", headers={"Stripe-Version": "yesterday"})[0] == 400
    assert ask(fake, "POST", "/v1/refunds", b"a[b=1", form)[0] == 400
    assert ask(fake, "POST", "/v1/refunds", b"x" * ((1 << 20) + 1), form)[0] == 413
    status, headers, text = ask(fake, "GET", "/v1/payment_intents/pi_none")
    assert (status, headers["Request-Id"][:4], b"resource_missing" in text) == (404, "req_", True)


def test_lists_are_paged_newest_first(client):
    start = int(time.time())
    made = [opened(client).id for _ in range(5)]
    first = client.v1.payment_intents.list({"limit": 2, "created": {"gte": start - 5}})
    assert ([one.id for one in first.data], first.has_more) == (made[:2:-1], True)
    second = client.v1.payment_intents.list({"limit": 2, "starting_after": first.data[-1].id})
    assert [one.id for one in second.data] == [made[2], made[1]]
    back = client.v1.payment_intents.list({"limit": 2, "ending_before": second.data[0].id})
    assert [one.id for one in back.data] == [one.id for one in first.data]
    everything = [one.id for one in client.v1.payment_intents.list({"limit": 2}).auto_paging_iter()]
    assert everything[:5] == made[::-1]
    assert client.v1.payment_intents.list({"created": {"gt": start + 3600}}).data == []
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_intents.list({"starting_after": "pi_none"})


def test_the_panel_shows_intents_with_buttons(client, fake):
    intent = opened(client, description="Order <b>")
    status, _, text = ask(fake, "GET", "/", headers={"Accept": "text/html"})
    assert (status, intent.id.encode() in text, b"Order &lt;b&gt;" in text) == (200, True, True)
    button = f"/_fake/payment_intents/{intent.id}/pay"
    for card, status in (("pm_card_chargeDeclined", "requires_payment_method"), ("pm_card_visa", "succeeded")):
        assert ask(fake, "POST", f"{button}?payment_method={card}", headers={"Accept": "text/html"})[0] == 303
        assert client.v1.payment_intents.retrieve(intent.id).status == status
