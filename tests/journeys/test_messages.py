"""Messages from end to end: a declined card is told once by mail and text, and callbacks say that the text arrived."""

from __future__ import annotations

import time
from typing import Any
from uuid import uuid4

from tests.buyer import DECLINED_CARD, PATIENCE_SECONDS, Buyer, insist
from tests.harness.shop import Shop
from tests.scenes import new_product, order_id


def order_with_phone(buyer: Buyer, sku: str) -> None:
    """Order one of it, to be told by text message too."""
    body = {**buyer.order_body(buyer.fill_cart((sku, 1))), "phone": "+15550123456"}
    answer = insist("POST", buyer.url("/orders"), body, Idempotency_Key=uuid4().hex)
    assert answer.status in (201, 202), answer
    buyer.order, buyer.token = answer.body, answer.body["token"]


def await_delivered(shop: Shop, order: str, kind: str) -> list[dict[str, Any]]:
    """The order's messages of this kind, once Twilio has told that the text message arrived."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        rows = [row for row in shop.facts()["messages"] if (row["order_id"], row["kind"]) == (order, kind)]
        if any(row["status"] == "delivered" for row in rows):
            return rows
        if time.monotonic() > give_up:
            raise TimeoutError(f"no text message was delivered: {rows}")
        time.sleep(0.1)


def test_a_declined_card_is_told_once_by_mail_and_text_which_arrive(shop: Shop, buyer: Buyer) -> None:
    order_with_phone(buyer, new_product(shop, stock=1, price=2500))
    assert buyer.pay(DECLINED_CARD).status == 402
    buyer.await_note("payment_failed")
    rows = await_delivered(shop, order_id(shop, buyer), "payment_failed")
    shop.quiesce()
    assert sorted(row["channel"] for row in rows) == ["mail", "sms"]
    assert next(row["recipient"] for row in rows if row["channel"] == "sms") == "+15550123456"
    [mail] = shop.mailbox.messages(to=buyer.email)
    assert buyer.order["number"] in mail["subject"]
    assert buyer.pay().status == 200
    buyer.await_status("confirmed")
    shop.check_invariants()
