"""Payment by bank transfer from end to end: the order waits, finance says what came, and late money goes back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.buyer import Answer, Buyer, insist
from tests.harness.shop import Shop
from tests.journeys.test_purchase import kinds_told, mails_to, stock_of
from tests.scenes import new_product, order_id


def finance(shop: Shop, path: str, body: dict[str, Any], key: str | None = None) -> Answer:
    """One deed of a finance clerk."""
    token = str(shop.call("tests.goods.finance_token"))
    url = f"{shop.url}/api/v1/payments/{path}"
    return insist("POST", url, body, Authorization=token, Idempotency_Key=key or uuid4().hex)


def line(order: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The bank statement's line of all that the order asks for."""
    return {"amount": order["total"], "received_on": today(), "reference": f"TX-{uuid4().hex[:8]}", **changes}


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def order_by_bank(buyer: Buyer, sku: str, quantity: int = 1) -> dict[str, Any]:
    """Order it, to be paid by bank."""
    url, cart = buyer.url("/orders"), buyer.fill_cart((sku, quantity))
    body = {**buyer.order_body(cart), "payment_method": "bank_transfer"}
    answer = insist("POST", url, body, Idempotency_Key=uuid4().hex)
    assert answer.status in (201, 202), answer
    buyer.order, buyer.token = answer.body, answer.body["token"]
    return buyer.placed()


def test_a_bank_transfer_is_paid_when_finance_says_so_and_told_once(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=3, price=1200)
    order = order_by_bank(buyer, sku, 2)
    assert (order["status"], order["payment_method"], stock_of(shop, sku)) == (
        "awaiting_payment",
        "bank_transfer",
        (1, 2, 0),
    )
    sheet = insist("GET", buyer.url(f"/orders/{order['number']}/payment"), Authorization=buyer.authorization).body
    where = sheet["instructions"]
    assert (where["reference"], where["amount"], sheet["client_secret"]) == (order["number"], order["total"], "")
    assert where["pay_before"] < order["pay_until"]
    receipt, key = line(order), uuid4().hex
    for _ in range(2):
        answer = finance(shop, f"{order_id(shop, buyer)}/receipts", receipt, key)
        assert (answer.status, answer.body["status"]) == (201, "succeeded")
    buyer.await_status("confirmed")
    shop.quiesce()
    assert stock_of(shop, sku) == (1, 0, 2)
    assert sorted(kinds_told(shop, buyer)) == ["bank_transfer_awaited", "order_confirmed"]
    assert sorted(mails_to(shop, buyer)) == [
        f"How to pay your order {order['number']}",
        f"Your order {order['number']} is confirmed",
    ]
    shop.check_invariants()


def test_money_that_comes_after_the_cancellation_is_sent_back_by_finance(shop: Shop, buyer: Buyer) -> None:
    sku = new_product(shop, stock=1, price=900)
    order = order_by_bank(buyer, sku)
    buyer.cancel()
    buyer.await_status("cancelled")
    assert finance(shop, f"{order_id(shop, buyer)}/receipts", line(order)).status == 201
    shop.quiesce()
    [refund] = [row for row in shop.facts()["refunds"] if row["order_id"] == order_id(shop, buyer)]
    assert (refund["status"], refund["amount"]) == ("pending", order["total"]["amount"])
    shop.check_invariants()
    sent = {"sent_on": today(), "reference": "OUT-1"}
    assert finance(shop, f"refunds/{refund['refund_id']}/sent", sent).body["status"] == "succeeded"
    shop.quiesce()
    assert buyer.look()["status"] == "cancelled"
    assert sorted(kinds_told(shop, buyer)) == ["bank_transfer_awaited", "order_cancelled", "order_refunded"]
    assert stock_of(shop, sku) == (1, 0, 0)
    shop.check_invariants()
