"""The world around the shop misbehaves: the purchase is slower, and otherwise as it should be."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
import urllib3
from pymongo import MongoClient

from shop.testing.pace import crowd
from tests.buyer import Buyer, ask
from tests.harness.shop import Shop
from tests.scenes import STORE, new_product, order_id

INTENTS, ONE_INTENT, REFUNDS = "/v1/payment_intents", "/v1/payment_intents/", "/v1/refunds"
TROUBLES = {
    f"{kind} {when}": {"kind": kind, "when": when, "seconds": "0.5"}
    for kind, when in (
        ("error", "before"),
        ("error", "after"),
        ("drop", "before"),
        ("drop", "after"),
        ("delay", "before"),
        ("rate_limit", "before"),
    )
}


@contextmanager
def trouble_at_stripe(shop: Shop, trouble: dict[str, str], **which: str) -> Iterator[None]:
    """The next two fitting requests fail; they must have been made."""
    made = ask("POST", f"{shop.stripe.url}/_fake/faults", form={**trouble, "count": "2", **which})
    assert made.status < 300, made
    yield
    left = shop.stripe.control("GET", "faults")
    shop.stripe.control("DELETE", "faults")
    assert "'count': 2" not in str(left), "no request met the trouble"


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_trouble_when_the_payment_is_opened_ends_in_one_intent(shop: Shop, trouble: dict[str, str]) -> None:
    buyer = shop.buyer()
    cart = buyer.fill_cart((new_product(shop, stock=1, price=700), 1))
    with trouble_at_stripe(shop, trouble, method="POST", path=INTENTS):
        assert buyer.place(cart).status in (201, 202)
        buyer.await_status("awaiting_payment")
    buyer.pay()
    buyer.await_status("confirmed")
    shop.check_invariants()
    assert len(shop.facts()["intents"][order_id(shop, buyer)]) == 1


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_trouble_when_it_is_asked_what_was_paid_only_delays_the_news(shop: Shop, trouble: dict[str, str]) -> None:
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    secret = buyer.sheet()["client_secret"]
    with trouble_at_stripe(shop, trouble, method="GET", path=ONE_INTENT):
        assert buyer.confirm(secret).status == 200
        buyer.await_status("confirmed")
    shop.check_invariants()


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_trouble_when_the_payment_is_closed_gives_the_stock_back_in_the_end(
    shop: Shop, trouble: dict[str, str]
) -> None:
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    buyer.placed()
    with trouble_at_stripe(shop, trouble, path=ONE_INTENT):
        assert buyer.cancel().status == 200
        buyer.await_status("cancelled")
    shop.check_invariants()


@pytest.mark.parametrize("trouble", TROUBLES.values(), ids=TROUBLES)
def test_trouble_when_money_is_sent_back_ends_in_one_refund(shop: Shop, trouble: dict[str, str]) -> None:
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    buyer.pay()
    buyer.await_status("confirmed")
    with trouble_at_stripe(shop, trouble, method="POST", path=REFUNDS):
        assert buyer.cancel().status == 200
        buyer.await_status("cancelled")
        shop.quiesce()
    shop.check_invariants()
    assert len([row for row in shop.facts()["refunds"] if row["order_id"] == order_id(shop, buyer)]) == 1


def test_money_of_another_amount_is_looked_at_by_people_and_nothing_is_sold(shop: Shop) -> None:
    buyer, sku = shop.buyer(), new_product(shop, stock=1, price=7000)
    buyer.buy((sku, 1))
    change_intent(shop, buyer, amount="100")
    buyer.pay()
    buyer.await_status("review")
    shop.check_invariants()
    assert shop.facts()["stock"][sku]["sold"] == 0
    buyer.cancel()
    buyer.await_status("cancelled")
    shop.check_invariants()


def test_money_of_another_currency_is_looked_at_by_people_and_nothing_is_sold(shop: Shop) -> None:
    buyer, sku = shop.buyer(), new_product(shop, stock=1, price=7000)
    buyer.buy((sku, 1))
    change_intent(shop, buyer, currency="usd")
    buyer.pay()
    buyer.await_status("review")
    shop.check_invariants()
    assert shop.facts()["stock"][sku]["sold"] == 0
    buyer.cancel()
    buyer.await_status("cancelled")
    shop.check_invariants()


MAIL_TROUBLES = {
    "refused for now": ("refuse", {"count": "2", "code": "451"}),
    "answer lost after it was taken": ("lose_answer", {"count": "1"}),
    "slow": ("delay", {"milliseconds": "500"}),
}


@pytest.mark.parametrize(("path", "fields"), MAIL_TROUBLES.values(), ids=MAIL_TROUBLES)
def test_trouble_with_the_mail_delays_the_mail_only(shop: Shop, path: str, fields: dict[str, str]) -> None:
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    assert ask("POST", f"{shop.mailbox.url}/_fake/{path}?{urlencode(fields)}").status < 300
    try:
        buyer.pay()
        buyer.await_status("confirmed")
        shop.check_invariants()
    finally:
        ask("DELETE", f"{shop.mailbox.url}/_fake")
    kept = shop.mailbox.messages(to=buyer.email)
    assert len({mail["message_id"] for mail in kept}) == 1, "a repeat carries the same Message-ID"
    assert len(kept) <= 2


def test_an_address_that_bounces_is_dead_and_seen_and_stops_nobody_else(shop: Shop) -> None:
    bounced, fine, sku = shop.buyer(), shop.buyer(), new_product(shop, stock=2, price=700)
    bounced.email = f"bounce-{bounced.email}"
    for buyer in (bounced, fine):
        buyer.buy((sku, 1))
        buyer.pay()
        buyer.await_status("confirmed")
    shop.quiesce()
    told = {row["recipient"]: row["status"] for row in shop.facts()["messages"]}
    assert (told[bounced.email], told[fine.email]) == ("dead", "sent")
    assert shop.call("tests.goods.told_by_telephone", recipient=bounced.email) == 1
    shop.check_invariants()


def change_intent(shop: Shop, buyer: Buyer, **changes: str) -> None:
    """Somebody edits the intent at Stripe, behind our back."""
    intent = buyer.sheet()["client_secret"].partition("_secret_")[0]
    url = f"{shop.stripe.url}/v1/payment_intents/{intent}"
    assert ask("POST", url, form=changes, Authorization="Bearer sk_test_embedded").status == 200


def test_a_broker_that_dies_under_load_is_listened_to_again(shop: Shop) -> None:
    """When it died while all places of the worker were taken, the worker asked for nothing any more."""
    for _ in range(2):
        buyer = shop.buyer()
        shop.kill("valkey")
        try:
            buyer.buy((new_product(shop, stock=1, price=700), 1))
            buyer.pay()
        finally:
            shop.start("valkey")
        buyer.await_status("confirmed")
    shop.check_invariants()


def test_without_a_broker_nothing_is_slow_and_all_is_done_when_it_is_back(shop: Shop) -> None:
    sku = new_product(shop, stock=2, price=700)
    first, buyer = shop.buyer(), shop.buyer()
    usual = duration(lambda: first.buy((sku, 1)))
    first.cancel()
    shop.kill("valkey")
    try:
        without = duration(lambda: buyer.buy((sku, 1)))
        buyer.pay()
        opened_then_paid = duration(buyer.look)
    finally:
        shop.start("valkey")
    buyer.await_status("confirmed")
    shop.check_invariants()
    assert without < usual * 2 + 4 * 0.1 + 0.5 * crowd(), "three requests may wait 0.1 s each; a busy machine does more"
    assert opened_then_paid < 0.5 * crowd()


def duration(action: Callable[[], object]) -> float:
    began = time.monotonic()
    action()
    return time.monotonic() - began


@pytest.mark.skipif(STORE != "sqlite", reason="locks a database file; the next test is the same for MongoDB")
@pytest.mark.parametrize("context", ["cart", "catalog", "orders", "payments"])
def test_a_database_file_that_another_process_holds_is_waited_for(shop: Shop, context: str) -> None:
    sku = new_product(shop, stock=1, price=700)
    buyer = shop.buyer()
    cart = buyer.fill_cart((sku, 1))
    with closing(sqlite3.connect(shop.folder / "db" / f"{context}.sqlite3", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answers = meanwhile(lambda: place_once(buyer, cart), seconds=2.5, then=lambda: other.execute("ROLLBACK"))
    assert answers[0] in (201, 202, 503)
    assert buyer.place(cart).status in (201, 202, 409)
    settle(shop, buyer)


@pytest.mark.skipif(STORE != "mongodb", reason="freezes a mongod; the test before is the same for SQLite")
def test_a_mongod_that_freezes_is_waited_for(shop: Shop) -> None:
    sku = new_product(shop, stock=1, price=700)
    buyer = shop.buyer()
    cart = buyer.fill_cart((sku, 1))
    with MongoClient[dict[str, Any]](os.environ["MONGODB_URI"]) as client:
        pid = int(client.admin.command("serverStatus")["pid"])
    os.kill(pid, signal.SIGSTOP)
    answers = meanwhile(lambda: place_once(buyer, cart), seconds=3, then=lambda: os.kill(pid, signal.SIGCONT))
    assert answers[0] in (201, 202, 503)
    settle(shop, buyer)


def place_once(buyer: Buyer, cart: str) -> int:
    """One try without patience; a 503 says when to come again."""
    answer = ask("POST", buyer.url("/orders"), buyer.order_body(cart), Idempotency_Key=uuid4().hex)
    assert answer.status != 503 or int(answer.headers["retry-after"]) >= 1
    if answer.status in (201, 202):
        buyer.order, buyer.token = answer.body, answer.body["token"]
    return answer.status


def meanwhile(action: Callable[[], int], *, seconds: float, then: Callable[[], object]) -> list[int]:
    """Run `action` now and `then` after so many seconds; what the action answered."""
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(action)
        time.sleep(seconds)
        then()
        return [answer.result(timeout=120)]


def settle(shop: Shop, buyer: Buyer) -> None:
    with suppress(urllib3.exceptions.HTTPError):
        buyer.pay()
    buyer.await_status("confirmed")
    shop.check_invariants()
