"""One guest's purchase from end to end, over HTTP, against the running product: web, worker, Stripe, mail."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from tests.buyer import DECLINED_CARD, SECURE_CARD, Buyer, ask, insist
from tests.harness.shop import Shop
from tests.scenes import new_product, order_id, webhooks_lost


def stock_of(shop: Shop, sku: str) -> tuple[int, int, int]:
    row = shop.facts()["stock"][sku]
    return row["available"], row["held"], row["sold"]


def mails_to(shop: Shop, buyer: Buyer) -> list[str]:
    return sorted(mail["subject"] for mail in shop.mailbox.messages(to=buyer.email))


def kinds_told(shop: Shop, buyer: Buyer) -> list[str]:
    return sorted(row["kind"] for row in shop.facts()["messages"] if row["recipient"] == buyer.email)


@pytest.mark.sample
def test_a_guest_buys_and_is_told(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=5, price=1200)
    placed = buyer.buy((sku, 2))
    assert placed.status in {201, 202}
    assert buyer.placed()["status"] == "awaiting_payment"
    assert placed.body["subtotal"] == {"amount": 2400, "currency": "EUR"}
    assert stock_of(shop, sku) == (3, 2, 0)
    assert buyer.pay().status == 200
    order = buyer.await_status("confirmed")
    assert order["total"] == placed.body["total"]
    shop.quiesce()
    assert stock_of(shop, sku) == (3, 0, 2)
    assert kinds_told(shop, buyer) == ["order_confirmed"]
    [subject] = mails_to(shop, buyer)
    assert order["number"] in subject
    shop.check_invariants()


def test_the_order_shows_its_whole_story(shop: Shop, buyer: Buyer) -> None:
    buyer.buy((new_product(shop, stock=1, price=900), 1))
    buyer.pay()
    order = buyer.await_status("confirmed")
    states = [entry["to"] for entry in order["timeline"] if entry["to"]]
    assert states == ["pending", "reserved", "awaiting_payment", "paid", "confirmed"]


def test_a_declined_card_leaves_the_order_open_for_another(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=1, price=2500)
    buyer.buy((sku, 1))
    refused = buyer.pay(DECLINED_CARD)
    assert (refused.status, refused.body["error"]["code"]) == (402, "card_declined")
    buyer.await_note("payment_failed")
    assert buyer.look()["status"] == "awaiting_payment"
    assert buyer.pay().status == 200
    buyer.await_status("confirmed")
    shop.check_invariants()
    assert stock_of(shop, sku) == (0, 0, 1)


def test_a_card_that_asks_for_authentication_pays_after_it(shop: Shop, buyer: Buyer) -> None:
    buyer.buy((new_product(shop, stock=1, price=2500), 1))
    asked = buyer.pay(SECURE_CARD)
    assert asked.body["status"] == "requires_action"
    assert buyer.look()["status"] == "awaiting_payment"
    ask("POST", f"{shop.stripe.url}/_fake/payment_intents/{asked.body['id']}/authenticate", form={"result": "succeed"})
    buyer.await_status("confirmed")
    shop.check_invariants()


def test_the_last_one_sold_leaves_the_next_buyer_a_typed_refusal_and_an_open_cart(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=1, price=700)
    late = shop.buyer()
    cart = late.fill_cart((sku, 1))
    buyer.buy((sku, 1))
    buyer.placed()
    assert late.is_refused(late.place(cart), "orders.cart_not_ready", "catalog.out_of_stock")
    assert ask("GET", late.url(f"/carts/{cart}")).body["status"] == "open"
    assert stock_of(shop, sku) == (0, 1, 0)
    buyer.cancel()
    shop.check_invariants()


def test_cancelling_before_payment_gives_stock_and_cart_back(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=3, price=700)
    cart = buyer.fill_cart((sku, 2))
    buyer.place(cart)
    buyer.cancel()
    buyer.await_status("cancelled")
    shop.check_invariants()
    assert stock_of(shop, sku) == (3, 0, 0)
    assert ask("GET", buyer.url(f"/carts/{cart}")).body["status"] == "open"
    assert kinds_told(shop, buyer) == ["order_cancelled"]


def test_cancelling_after_payment_refunds_once_and_restocks(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=3, price=700)
    buyer.buy((sku, 2))
    buyer.pay()
    buyer.await_status("confirmed")
    for _ in range(3):
        assert buyer.cancel().status == 200
    buyer.await_status("cancelled")
    shop.check_invariants()
    assert stock_of(shop, sku) == (3, 0, 0)
    assert kinds_told(shop, buyer) == ["order_cancelled", "order_confirmed", "order_refunded"]
    [refund] = [row for row in shop.facts()["refunds"] if row["order_id"] == order_id(shop, buyer)]
    assert refund["amount"] == buyer.order["total"]["amount"]


def test_an_order_that_nobody_pays_expires_and_gives_its_stock_back(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=1, price=700)
    buyer.buy((sku, 1))
    secret = buyer.sheet()["client_secret"]
    buyer.await_status("awaiting_payment")
    assert shop.call("tests.goods.pay_window_is_over", order_id=order_id(shop, buyer)) == 1
    order = buyer.await_status("cancelled")
    assert order["timeline"][-1]["to"] == "cancelled"
    shop.check_invariants()
    assert stock_of(shop, sku) == (1, 0, 0)
    assert buyer.confirm(secret).body["error"]["code"] == "payment_intent_unexpected_state"


def test_a_lost_webhook_is_found_by_asking(shop: Shop, buyer: Buyer) -> None:
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    with webhooks_lost(shop):
        buyer.pay()
    shop.call("tests.goods.recheck_payments_now")
    buyer.await_status("confirmed")
    shop.check_invariants()


def test_a_lapsed_hold_is_taken_again_when_the_stock_is_there(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=1, price=700)
    buyer.buy((sku, 1))
    buyer.placed()
    shop.call("tests.goods.hold_lapses", order_id=order_id(shop, buyer))
    assert stock_of(shop, sku) == (1, 0, 0)
    buyer.pay()
    buyer.await_status("confirmed")
    shop.check_invariants()
    assert stock_of(shop, sku) == (0, 0, 1)


def test_paid_but_the_stock_is_gone_sends_the_money_back(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=1, price=700)
    buyer.buy((sku, 1))
    buyer.placed()
    shop.call("tests.goods.hold_lapses", order_id=order_id(shop, buyer))
    shop.call("tests.goods.take_from_shelf", sku=sku, quantity=1)
    buyer.pay()
    buyer.await_status("cancelled")
    shop.check_invariants()
    assert kinds_told(shop, buyer) == ["order_cancelled", "order_refunded"]


def test_money_in_processing_keeps_the_stock_until_it_is_decided(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=1, price=700)
    buyer.buy((sku, 1))
    intent = buyer.sheet()["client_secret"].partition("_secret_")[0]
    assert ask("POST", f"{shop.stripe.url}/_fake/payment_intents/{intent}/process").status == 200
    assert buyer.cancel().body["status"] == "cancelling"
    assert stock_of(shop, sku) == (0, 1, 0)
    settled = ask("POST", f"{shop.stripe.url}/_fake/payment_intents/{intent}/settle", form={"result": "succeed"})
    assert settled.status == 200
    buyer.await_status("confirmed")
    shop.check_invariants()


def test_one_key_gives_one_order_and_the_same_answer(shop: Shop, buyer: Buyer) -> None:
    cart, key = buyer.fill_cart((new_product(shop, stock=2, price=700), 1)), uuid4().hex
    first, second = buyer.place(cart, key), buyer.place(cart, key)
    assert second.body["number"] == first.body["number"]
    assert first.status == 202 or second.body == first.body
    assert second.headers["idempotent-replayed"] == "true"
    other = buyer.order_body(cart) | {"note": "please ring twice"}
    assert insist("POST", buyer.url("/orders"), other, Idempotency_Key=key).status == 422
    again = buyer.place(cart)
    assert (again.status, again.code) == (409, "cart.ordered")
    assert first.body["number"] in str(again.body)


def test_the_same_key_of_another_guest_is_another_key(shop: Shop, buyer: Buyer) -> None:
    sku, other, key = new_product(shop, stock=2, price=700), shop.buyer(), uuid4().hex
    first, second = buyer.place(buyer.fill_cart((sku, 1)), key), other.place(other.fill_cart((sku, 1)), key)
    assert {first.status, second.status} <= {201, 202}
    assert first.body["number"] != second.body["number"]
    assert buyer.email not in str(second.body)
    cancel = buyer.url(f"/orders/{buyer.order['number']}/cancel")
    for one, answer in ((other, 404), (buyer, 200)):
        assert ask("POST", cancel, {}, Authorization=one.authorization, Idempotency_Key=key).status == answer
    other.cancel()
    shop.check_invariants()


def test_two_keys_for_one_cart_at_once_are_one_order(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=20, price=700)
    cart = buyer.fill_cart((sku, 1))
    with ThreadPoolExecutor(12) as pool:
        tabs = [shop.buyer() for _ in range(12)]
        answers = list(pool.map(lambda tab: tab.place(cart), tabs))
    refused = [tab.is_refused(answer, "cart.ordered") for tab, answer in zip(tabs, answers, strict=True)]
    assert refused.count(False) == 1
    assert tabs[refused.index(False)].placed()["status"] == "awaiting_payment"
    shop.quiesce()
    assert stock_of(shop, sku) == (19, 1, 0)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", ""), ("GET", "/payment"), ("POST", "/cancel")], ids=["look", "payment", "cancel"]
)
def test_an_order_opens_only_for_its_own_buyer(shop: Shop, buyer: Buyer, method: str, path: str) -> None:
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    url = buyer.url(f"/orders/{buyer.order['number']}{path}")
    body = {} if method == "POST" else None
    # Refused before its body is read, a request may cost its connection: none of these is used again.
    assert ask(method, url, body).status == 401
    assert ask(method, url, body, Authorization="Bearer garbage").status == 401
    stranger = shop.buyer()
    stranger.buy((new_product(shop, stock=1, price=700), 1))
    foreign = ask(method, url, body, Authorization=stranger.authorization)
    absent = ask(method, buyer.url(f"/orders/SO-0000-0000{path}"), body, Authorization=stranger.authorization)
    assert (foreign.status, absent.status) == (404, 404)
    same = {"type", "title", "status", "code"}
    assert {name: foreign.body[name] for name in same} == {name: absent.body[name] for name in same}
    buyer.cancel()
    stranger.cancel()
