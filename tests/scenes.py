"""Small things that black-box tests do with a shop under test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from tests.buyer import Buyer
from tests.harness.shop import Shop

STORE = os.environ.get("STORE", "sqlite")
SHAPE = os.environ.get("SHAPE", "mono")


def new_product(shop: Shop, *, stock: int, price: int, currency: str = "EUR") -> str:
    """A published product with one variant and this much stock; its SKU."""
    return str(shop.call("tests.goods.new_product", stock=stock, price=price, currency=currency))


def order_id(_: Shop, buyer: Buyer) -> str:
    """The id behind the buyer's order number."""
    return str(buyer.order["id"])


@contextmanager
def webhooks_lost(shop: Shop) -> Iterator[None]:
    """Every webhook that Stripe sends meanwhile never arrives and is not repeated."""
    shop.stripe.control("POST", "webhooks", drop=1000)
    try:
        yield
        shop.stripe.await_delivered()
    finally:
        shop.stripe.control("POST", "webhooks", drop=0)
