"""Races with real threads against running web processes; each with the control that shows it with the guard out."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any
from uuid import uuid4

import pytest

from tests.buyer import Answer, Buyer, ask, insist
from tests.concurrency.conftest import all_at_once
from tests.harness.shop import KEYS, Shop
from tests.scenes import new_product, order_id

pytestmark = pytest.mark.race
BUYERS = 32


def rush_for_the_last_one(shop: Shop) -> tuple[str, list[Buyer], list[Answer]]:
    sku = new_product(shop, stock=1, price=700)
    buyers = [shop.buyer() for _ in range(BUYERS)]
    carts = [buyer.fill_cart((sku, 1)) for buyer in buyers]
    answers = all_at_once([lambda b=b, c=c: b.place(c) for b, c in zip(buyers, carts, strict=True)])
    return sku, buyers, answers


@pytest.mark.sample
def test_the_last_unit_goes_to_one_of_32_buyers(shop: Shop) -> None:
    sku, buyers, answers = rush_for_the_last_one(shop)
    reasons = ("catalog.out_of_stock", "orders.cart_not_ready")
    winners = [buyer for buyer, answer in zip(buyers, answers, strict=True) if not buyer.is_refused(answer, *reasons)]
    [winner] = winners
    assert winner.placed()["status"] == "awaiting_payment"
    row = shop.facts()["stock"][sku]
    assert (row["available"], row["held"], row["sold"]) == (0, 1, 0)
    winner.pay()
    winner.await_status("confirmed")
    shop.check_invariants()
    row = shop.facts()["stock"][sku]
    assert (row["available"], row["held"], row["sold"]) == (0, 0, 1)


def test_control_without_the_conditional_update_the_last_unit_is_sold_several_times(unguarded: Shop) -> None:
    _, _, answers = rush_for_the_last_one(unguarded)
    assert sum(answer.status in {201, 202} for answer in answers) > 1


def add_at_once(shop: Shop) -> int:
    buyer, sku = shop.buyer(), new_product(shop, stock=100, price=700)
    cart = buyer.fill_cart((sku, 1))
    url = buyer.url(f"/carts/{cart}/lines")
    answers = all_at_once([lambda: insist("POST", url, {"sku": sku, "quantity": 2})] * 16)
    assert {answer.status for answer in answers} <= {200, 201}
    [line] = ask("GET", buyer.url(f"/carts/{cart}")).body["lines"]
    return int(line["quantity"])


@pytest.mark.sample
def test_sixteen_tabs_that_add_at_once_lose_nothing(shop: Shop) -> None:
    assert add_at_once(shop) == 33


def test_control_read_then_write_loses_what_other_tabs_added(unguarded: Shop) -> None:
    assert add_at_once(unguarded) < 33


def post_twenty_times(shop: Shop) -> tuple[Buyer, list[Answer]]:
    buyer, sku = shop.buyer(), new_product(shop, stock=50, price=700)
    cart, key = buyer.fill_cart((sku, 1)), uuid4().hex
    return buyer, all_at_once([lambda: buyer.place(cart, key)] * 20)


@pytest.mark.sample
def test_one_order_posted_twenty_times_at_once_is_one_order_with_one_intent(shop: Shop) -> None:
    buyer, answers = post_twenty_times(shop)
    [status] = {answer.status for answer in answers}
    assert status in {201, 202}
    assert len({answer.body["number"] for answer in answers}) == 1
    if status == 201:  # what was answered at once is answered again byte for byte
        assert len({json.dumps(answer.body, sort_keys=True) for answer in answers}) == 1
    assert buyer.placed()["status"] == "awaiting_payment"
    facts = shop.facts()
    assert [order["number"] for order in facts["orders"].values()].count(buyer.order["number"]) == 1
    assert len(facts["intents"][order_id(shop, buyer)]) == 1
    buyer.cancel()
    shop.check_invariants()


def test_control_without_the_claim_twenty_posts_get_different_answers(unguarded: Shop) -> None:
    _, answers = post_twenty_times(unguarded)
    assert len({json.dumps(answer.body, sort_keys=True) for answer in answers}) > 1


def deliver_one_webhook_ten_times(shop: Shop) -> tuple[Buyer, list[int], int]:
    """Statuses of the ten deliveries, and how often orders was told of the payment."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    told_before = shop.call("tests.goods.payment_news")
    shop.stripe.control("POST", "webhooks/hold")
    try:
        buyer.pay()
        [event] = [one for one in shop.stripe.everything("events") if is_success_of(one, buyer)]
        statuses = all_at_once([lambda: post_webhook(shop, event)] * 10)
        deadline = time.monotonic() + 120
        while waiting_events(shop):
            assert time.monotonic() < deadline
            time.sleep(0.1)
    finally:
        shop.stripe.control("POST", "webhooks", drop=1000, held="false")
        shop.stripe.await_delivered()
        shop.stripe.control("POST", "webhooks", drop=0)
    buyer.await_status("confirmed")
    shop.quiesce()  # what is told is told by a relay
    return buyer, statuses, shop.call("tests.goods.payment_news") - told_before


def waiting_events(shop: Shop) -> int:
    return sum(count for name, count in shop.facts()["pending"].items() if name.startswith("payments."))


def is_success_of(event: dict[str, Any], buyer: Buyer) -> bool:
    number = event["data"]["object"].get("metadata", {}).get("order_number")
    return event["type"] == "payment_intent.succeeded" and number == buyer.order["number"]


def post_webhook(shop: Shop, event: dict[str, Any]) -> int:
    import urllib3

    body, at = json.dumps(event).encode(), int(time.time())
    signature = hmac.new(KEYS[2].encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "Stripe-Signature": f"t={at},v1={signature}"}
    return int(urllib3.request("POST", f"{shop.url}/api/v1/webhooks/stripe", body=body, headers=headers).status)


@pytest.mark.sample
def test_one_webhook_ten_times_at_once_is_one_payment(shop: Shop) -> None:
    buyer, statuses, told = deliver_one_webhook_ten_times(shop)
    assert statuses == [200] * 10
    assert told == 1
    shop.check_invariants()
    assert [row["kind"] for row in shop.facts()["messages"] if row["recipient"] == buyer.email] == ["order_confirmed"]


def test_control_without_the_event_id_and_the_monotonic_update_it_is_several(unguarded: Shop) -> None:
    _, statuses, told = deliver_one_webhook_ten_times(unguarded)
    assert statuses == [200] * 10
    assert told > 1


def pay_against_cancellation(shop: Shop, rounds: int) -> list[tuple[str, bool]]:
    """For each round: how the order ended, and whether the buyer's card was charged at the moment of the race."""
    buyers, charged = [shop.buyer() for _ in range(rounds)], []
    for buyer in buyers:
        buyer.buy((new_product(shop, stock=1, price=700), 1))
        secret = buyer.sheet()["client_secret"]
        paid, _ = all_at_once([lambda b=buyer, s=secret: b.confirm(s), lambda b=buyer: b.cancel()])
        charged.append(paid.status == 200)
    shop.quiesce()
    return [(buyer.look()["status"], paid) for buyer, paid in zip(buyers, charged, strict=True)]


def test_payment_against_cancellation_ends_with_money_and_goods_or_neither(shop: Shop) -> None:
    for status, _charged in pay_against_cancellation(shop, 6):
        assert status in {"confirmed", "cancelled"}
    shop.check_invariants()


def test_control_stock_released_before_the_provider_is_asked_takes_money_for_nothing(unguarded: Shop) -> None:
    ends = pay_against_cancellation(unguarded, 6)
    assert ("cancelled", True) in ends
