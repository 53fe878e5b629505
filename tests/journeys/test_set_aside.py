"""A shop that only sets a card's money aside when it is paid, from end to end: taken, in part, or let go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from tests.buyer import Answer, Buyer, insist
from tests.harness.shop import Shop
from tests.journeys.test_bank_transfer import finance
from tests.journeys.test_purchase import kinds_told, stock_of
from tests.scenes import SHAPE, STORE, new_product, order_id

pytestmark = pytest.mark.skipif(SHAPE != "mono", reason="what differs is payments' and orders' own: one shape shows it")


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """A shop with this setting, which is one for all its payments."""
    running = Shop(STORE, SHAPE, env={"PAYMENTS_CAPTURE": "manual"})
    yield running
    running.stop()


@pytest.fixture
def sku(shop: Shop) -> str:
    return new_product(shop, stock=5, price=1200)


@pytest.fixture
def buyer(shop: Shop, sku: str) -> Buyer:
    """A guest with two of it, confirmed: the money is set aside and nothing has come."""
    buying = shop.buyer()
    buying.buy((sku, 2))
    assert buying.pay().body["status"] == "requires_capture"
    order = buying.await_status("confirmed")
    assert (order["authorized"], order["captured"]["amount"]) == (order["total"], 0)
    assert received(shop, buying) == 0
    return buying


def received(shop: Shop, buyer: Buyer) -> int:
    """What is the shop's by now, says Stripe."""
    return int(shop.stripe.facts()["provider"][order_id(shop, buyer)]["received"])


def sends(shop: Shop, buyer: Buyer, **body: Any) -> Answer:
    url, token = buyer.url(f"/orders/{buyer.order['number']}/parcels"), str(shop.call("tests.goods.packer_token"))
    return insist("POST", url, body, Authorization=token, Idempotency_Key=uuid4().hex)


def test_the_first_parcel_takes_all_of_it_once(shop: Shop, buyer: Buyer, sku: str) -> None:
    for body in ({"lines": [{"sku": sku, "quantity": 1}]}, {}):
        assert sends(shop, buyer, **body).status == 201
        buyer.await_note("payment_captured")
        assert received(shop, buyer) == buyer.order["total"]["amount"]
    assert buyer.look()["captured"] == buyer.order["total"]
    shop.quiesce()
    assert kinds_told(shop, buyer) == ["order_confirmed", "parcel_shipped", "parcel_shipped"]
    shop.check_invariants()


def test_finance_takes_a_part_which_goes_back_when_the_order_is_given_up(shop: Shop, buyer: Buyer) -> None:
    part, key = {"amount": {"amount": 1000, "currency": "EUR"}}, uuid4().hex
    for _ in range(2):
        taken = finance(shop, f"{order_id(shop, buyer)}/captures", part, key)
        assert (taken.status, taken.body["status"], taken.body["amount"]) == (201, "succeeded", part["amount"])
    buyer.await_note("payment_captured")
    assert (buyer.look()["captured"], received(shop, buyer)) == (part["amount"], 1000)
    again = finance(shop, f"{order_id(shop, buyer)}/captures", {})
    assert (again.status, again.body["params"]["reason"]) == (409, "already_captured")
    assert finance(shop, f"{order_id(shop, buyer)}/voids", {}).code == "payments.void_refused"
    buyer.cancel()
    buyer.await_status("cancelled")
    shop.check_invariants()
    [refund] = [row for row in shop.facts()["refunds"] if row["order_id"] == order_id(shop, buyer)]
    assert refund["amount"] == 1000


def test_finance_takes_parts_and_the_first_parcel_the_rest(shop: Shop, buyer: Buyer) -> None:
    total, captures = buyer.order["total"]["amount"], f"{order_id(shop, buyer)}/captures"
    for cents, sum_so_far in ((500, 500), (700, 1200)):
        part = {"amount": {"amount": cents, "currency": "EUR"}, "final_capture": False}
        taken = finance(shop, captures, part)
        assert (taken.status, taken.body["amount"]["amount"], taken.body["final_capture"]) == (201, cents, False)
        assert received(shop, buyer) == sum_so_far
    too_much = finance(shop, captures, {"amount": {"amount": total, "currency": "EUR"}, "final_capture": False})
    assert (too_much.status, too_much.body["params"]) == (409, {"reason": "more_than_authorized", "left": total - 1200})
    shop.quiesce()
    assert (buyer.look()["captured"]["amount"], buyer.look()["authorized"]["amount"]) == (1200, total)
    shop.check_invariants()
    assert sends(shop, buyer).status == 201
    buyer.await_note("payment_captured")
    assert (received(shop, buyer), buyer.look()["captured"]["amount"]) == (total, total)
    shop.check_invariants()


def test_what_lapses_after_a_part_was_taken_stops_the_order(shop: Shop, buyer: Buyer) -> None:
    part = {"amount": {"amount": 500, "currency": "EUR"}, "final_capture": False}
    assert finance(shop, f"{order_id(shop, buyer)}/captures", part).status == 201
    [intent] = [
        one["id"]
        for one in shop.stripe.everything("payment_intents")
        if one["metadata"]["order_id"] == order_id(shop, buyer)
    ]
    shop.stripe.control("POST", f"payment_intents/{intent}/lapse")
    order = buyer.await_status("review")
    assert (order["captured"]["amount"], order["authorized"]["amount"]) == (500, 500)
    assert sends(shop, buyer).code == "orders.illegal_move"
    buyer.cancel()
    buyer.await_status("cancelled")
    shop.check_invariants()


def test_who_cancels_after_parts_were_taken_gets_them_back_and_the_rest_let_go(shop: Shop, buyer: Buyer) -> None:
    part = {"amount": {"amount": 500, "currency": "EUR"}, "final_capture": False}
    assert finance(shop, f"{order_id(shop, buyer)}/captures", part).status == 201
    buyer.cancel()
    buyer.await_status("cancelled")
    shop.check_invariants()
    [refund] = [row for row in shop.facts()["refunds"] if row["order_id"] == order_id(shop, buyer)]
    assert (refund["amount"], received(shop, buyer)) == (500, 500)


def test_who_cancels_before_it_is_shipped_gets_it_let_go_and_not_sent_back(shop: Shop, buyer: Buyer, sku: str) -> None:
    buyer.cancel()
    buyer.await_status("cancelled")
    shop.quiesce()
    assert (received(shop, buyer), stock_of(shop, sku)) == (0, (5, 0, 0))
    assert [row for row in shop.facts()["refunds"] if row["order_id"] == order_id(shop, buyer)] == []
    assert kinds_told(shop, buyer) == ["order_cancelled", "order_confirmed"]
    shop.check_invariants()


def test_what_finance_lets_go_stops_the_order_until_it_is_given_up(shop: Shop, buyer: Buyer, sku: str) -> None:
    done = finance(shop, f"{order_id(shop, buyer)}/voids", {"note": "Pays by bank."})
    assert (done.status, done.body["status"], done.body["amount"]) == (201, "canceled", buyer.order["total"])
    buyer.await_status("review")
    assert sends(shop, buyer).code == "orders.illegal_move"
    assert buyer.cancel().status == 200
    buyer.await_status("cancelled")
    shop.quiesce()
    assert (received(shop, buyer), stock_of(shop, sku)) == (0, (5, 0, 0))
    shop.check_invariants()
