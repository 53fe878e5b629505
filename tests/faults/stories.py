"""The ways a purchase can go. Each story knows only what a client knows, repeats what it must, and names its end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import urllib3

from tests.buyer import DECLINED_CARD, SECURE_CARD, Answer, Buyer, insist
from tests.harness.shop import Shop
from tests.scenes import new_product, order_id, webhooks_lost

Ends = tuple[Buyer, str | tuple[str, ...]]
"""The buyer and the status that the order must have in the end, or those of which it must have one."""
Story = Callable[[Shop], Ends]


def bought(shop: Shop) -> Ends:
    """Ordered and paid."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=5, price=700), 2))
    paid_at_last(buyer)
    return buyer, "confirmed"


def bought_by_a_customer(shop: Shop) -> Ends:
    """Ordered and paid by somebody who is logged in."""
    buyer = shop.buyer()
    token = str(shop.call("tests.goods.customer_token", email=buyer.email))

    def post(path: str, body: dict[str, Any]) -> Any:
        answer = insist("POST", buyer.url(path), body, Authorization=token, Idempotency_Key=uuid4().hex)
        assert answer.status in (200, 201, 202), answer
        return answer.body

    cart = post("/carts", {"currency": "EUR"})["id"]
    post(f"/carts/{cart}/lines", {"sku": new_product(shop, stock=2, price=700), "quantity": 1})
    buyer.order, buyer.token = post("/orders", buyer.order_body(cart)), token.removeprefix("Bearer ")
    paid_at_last(buyer)
    return buyer, "confirmed"


def with_3d_secure(shop: Shop) -> Ends:
    """The buyer's bank asks, and is answered."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    secret = buyer.sheet()["client_secret"]
    assert buyer.confirm(secret, SECURE_CARD).body["status"] == "requires_action"
    shop.stripe.control("POST", f"payment_intents/{secret.partition('_secret_')[0]}/authenticate", result="succeed")
    return buyer, "confirmed"


def declined_then_paid(shop: Shop) -> Ends:
    """The first card is refused."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    with suppress(urllib3.exceptions.HTTPError):
        buyer.pay(DECLINED_CARD)
    buyer.await_note("payment_failed")
    paid_at_last(buyer)
    return buyer, "confirmed"


def cancelled_unpaid(shop: Shop) -> Ends:
    """Given up before the payment."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=2, price=700), 1))
    buyer.cancel()
    return buyer, "cancelled"


def cancelled_paid(shop: Shop) -> Ends:
    """Given up after it was confirmed: the money goes back, the goods to the shelf."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=2, price=700), 1))
    paid_at_last(buyer)
    buyer.await_status("confirmed")
    buyer.cancel()
    return buyer, "cancelled"


def shipped(shop: Shop) -> Ends:
    """Paid, and sent in two parcels; money that was only set aside is taken with the first."""
    buyer = shop.buyer()
    sku = new_product(shop, stock=2, price=700)
    buyer.buy((sku, 2))
    paid_at_last(buyer)
    buyer.await_status("confirmed")
    token = str(shop.call("tests.goods.staff_token", role="fulfilment"))
    for body in ({"lines": [{"sku": sku, "quantity": 1}]}, {}):
        url = buyer.url(f"/orders/{buyer.order['number']}/parcels")
        insist("POST", url, body, Authorization=token, Idempotency_Key=uuid4().hex)
    return buyer, "shipped"


def never_paid(shop: Shop) -> Ends:
    """The pay window ends."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    buyer.await_status("awaiting_payment")
    shop.call("tests.goods.pay_window_is_over", order_id=order_id(shop, buyer))
    return buyer, "cancelled"


def stock_lost(shop: Shop) -> Ends:
    """The hold lapsed and somebody else has the goods when the money comes."""
    buyer = shop.buyer()
    sku = new_product(shop, stock=1, price=700)
    buyer.buy((sku, 1))
    buyer.await_status("awaiting_payment")
    shop.call("tests.goods.hold_lapses", order_id=order_id(shop, buyer))
    shop.call("tests.goods.take_from_shelf", sku=sku, quantity=1)
    paid_at_last(buyer)
    return buyer, "cancelled"


def webhook_lost(shop: Shop) -> Ends:
    """Stripe's news never come; asking finds the money."""
    buyer = shop.buyer()
    buyer.buy((new_product(shop, stock=1, price=700), 1))
    with webhooks_lost(shop):
        paid_at_last(buyer)
    shop.call("tests.goods.recheck_payments_now")
    # While the provider is asked nothing says that something is under way, so quiet alone proves nothing.
    shop.revive()
    buyer.await_status("confirmed")
    return buyer, "confirmed"


STORIES: tuple[Story, ...] = (
    bought,
    declined_then_paid,
    cancelled_unpaid,
    cancelled_paid,
    shipped,
    never_paid,
    stock_lost,
    webhook_lost,
    bought_by_a_customer,
    with_3d_secure,
)


def paid_at_last(buyer: Buyer) -> Answer:
    """Pay; a buyer whose page shows nothing tries once more, which the provider refuses when it has the money."""
    for _ in range(3):
        with suppress(urllib3.exceptions.HTTPError):
            secret = buyer.sheet(ended_is_fine=True)["client_secret"]
            if not secret:
                break
            return buyer.confirm(secret)
    return Answer(0, {}, None)
