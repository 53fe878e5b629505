"""More ways of a purchase in a running shop: money that races a cancellation, comes late or goes back, and returns."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.buyer import PATIENCE_SECONDS, Answer, Buyer, ask, insist
from tests.harness.shop import Shop
from tests.scenes import new_product, order_id

from .stories import Ends, Story, paid_at_last

SET_ASIDE = os.environ.get("PAYMENTS_CAPTURE") == "manual"


def returned(shop: Shop) -> Ends:
    """Shipped, at the buyer's, asked for, authorised, received, refunded."""
    buyer, sku = confirmed(shop)
    parcel = staff(shop, "fulfilment", about(buyer, "parcels"), {})
    staff(shop, "fulfilment", about(buyer, f"parcels/{parcel['id']}/deliver"), {})
    wish = {"lines": [{"sku": sku, "quantity": 1}], "reason": "damaged"}
    back = demand(buyer, about(buyer, "returns"), wish, buyer.authorization)
    for who, verb in (("fulfilment", "authorise"), ("fulfilment", "receive"), ("finance", "refund")):
        staff(shop, who, about(buyer, f"returns/{back['id']}/{verb}"), {})
    return buyer, "delivered"


def refunded_in_part_twice(shop: Shop) -> Ends:
    """Finance sends a part back, and another one."""
    buyer, _ = confirmed(shop)
    if SET_ASIDE:
        staff(shop, "finance", f"/payments/{order_id(shop, buyer)}/captures", {})
    for reason, cents in (("damaged", 300), ("goodwill", 200)):
        body = {"amount": {"amount": cents, "currency": "EUR"}, "reason": reason, "detail": "A part."}
        staff(shop, "finance", about(buyer, "refunds"), body)
    return buyer, "confirmed"


def paid_then_cancelled(shop: Shop) -> Ends:
    """Stripe has the money and its news wait when the buyer gives up: the order stands, unless they ask again."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=2, price=700), 1))
    with webhooks_held(shop):
        paid_at_last(buyer)
        assert buyer.cancel().status == 200
    return buyer, ("confirmed", "cancelled")


def cancelled_then_paid(shop: Shop) -> Ends:
    """The buyer pays on an open page right after giving up: Stripe says who was first."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=2, price=700), 1))
    secret = buyer.sheet()["client_secret"]
    assert buyer.cancel().status == 200
    return buyer, "confirmed" if buyer.confirm(secret).status == 200 else "cancelled"


def late_money(shop: Shop) -> Ends:
    """It was on its way when the window ended; the stock stays held until it is known, and the order stands."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    intent = buyer.sheet()["client_secret"].partition("_secret_")[0]
    buyer.await_status("awaiting_payment")
    shop.stripe.control("POST", f"payment_intents/{intent}/process")
    shop.call("tests.goods.pay_window_is_over", order_id=order_id(shop, buyer))
    buyer.await_status("cancelling")
    shop.stripe.control("POST", f"payment_intents/{intent}/settle", result="succeed")
    return buyer, "confirmed"


def late_money_by_bank(shop: Shop) -> Ends:
    """It comes after the order has ended, and goes back."""
    buyer = shop.buyer()
    cart = buyer.fill_cart((new_product(shop, stock=1, price=700), 1))
    body = {**buyer.order_body(cart), "payment_method": "bank_transfer"}
    answer = insist("POST", buyer.url("/orders"), body, Idempotency_Key=uuid4().hex)
    buyer.order, buyer.token = answer.body, answer.body["token"]
    buyer.placed()
    buyer.cancel()
    buyer.await_status("cancelled")
    line = {"amount": buyer.order["total"], "received_on": today(), "reference": f"TX-{uuid4().hex[:8]}"}
    staff(shop, "finance", f"/payments/{order_id(shop, buyer)}/receipts", line)
    sent = {"sent_on": today(), "reference": "OUT-1"}
    staff(shop, "finance", f"/payments/refunds/{promised_refund(shop, buyer)}/sent", sent)
    return buyer, "cancelled"


def webhook_before_our_call_returned(shop: Shop) -> Ends:
    """No answer to the intent's making comes before its news do, which overtake the order's own step."""
    buyer = shop.buyer()
    cart = buyer.fill_cart((new_product(shop, stock=1, price=700), 1))
    trouble = {"kind": "drop", "when": "after", "count": "1000", "method": "POST", "path": "/v1/payment_intents"}
    assert ask("POST", f"{shop.stripe.url}/_fake/faults", form=trouble).status < 300
    try:
        buyer.place(cart)
        shop.stripe.control("POST", f"payment_intents/{intent_of(shop, buyer)}/pay", payment_method="pm_card_visa")
        shop.stripe.await_delivered()
    finally:
        shop.stripe.control("DELETE", "faults")
    return buyer, "confirmed"


SELDOM: tuple[Story, ...] = (cancelled_then_paid, late_money_by_bank, webhook_before_our_call_returned)
"""Those which pass hardly a point that the others do not, or take long."""
AFTERWARDS: tuple[Story, ...] = (returned, refunded_in_part_twice, paid_then_cancelled, late_money, *SELDOM)


# --- what they are made of -------------------------------------------------------------------------------------------


def confirmed(shop: Shop) -> tuple[Buyer, str]:
    """One who ordered two of a thing and paid, and the thing."""
    buyer, sku = shop.buyer(), new_product(shop, stock=2, price=700)
    buyer.buy((sku, 2))
    paid_at_last(buyer)
    buyer.await_status("confirmed")
    return buyer, sku


def about(buyer: Buyer, path: str) -> str:
    """An address of this buyer's order."""
    return f"/orders/{buyer.order['number']}/{path}"


def staff(shop: Shop, role: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """A POST of somebody with this role that must be taken."""
    return demand(shop.buyer(), path, body, str(shop.call("tests.goods.staff_token", role=role)))


def demand(buyer: Buyer, path: str, body: dict[str, Any], authorization: str) -> dict[str, Any]:
    """A POST that must be taken, at the latest when the worker has done what must come before."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        answer: Answer = insist("POST", buyer.url(path), body, Authorization=authorization, Idempotency_Key=uuid4().hex)
        if answer.status < 300:
            return dict(answer.body)
        assert answer.status == 409, answer
        assert time.monotonic() < give_up, answer
        time.sleep(0.05)


def intent_of(shop: Shop, buyer: Buyer) -> str:
    """As soon as there is one at Stripe."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not (found := shop.stripe.facts()["intents"].get(order_id(shop, buyer))):
        assert time.monotonic() < give_up, "nobody ever opened the payment"
        time.sleep(0.05)
    return str(found[0])


def promised_refund(shop: Shop, buyer: Buyer) -> str:
    """What finance has to send back by bank, as soon as payments knows."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while not (found := shop.call("tests.goods.refunds_of", order_id=order_id(shop, buyer))):
        assert time.monotonic() < give_up, "nobody promised the money back"
        time.sleep(0.05)
    return str(found[0])


@contextmanager
def webhooks_held(shop: Shop) -> Iterator[None]:
    """Stripe's postman waits meanwhile."""
    shop.stripe.control("POST", "webhooks/hold")
    try:
        yield
    finally:
        shop.stripe.control("POST", "webhooks/release")


def today() -> str:
    return datetime.now(UTC).date().isoformat()
