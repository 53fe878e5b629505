"""A unit that cannot answer now, and says for how long, is quoted by whoever asked it for somebody outside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.buyer import ask
from tests.scenes import new_product
from tests.shapes.split import Split

REST_SECONDS = 37


@contextmanager
def stripe_wants_rest(shop: Split) -> Iterator[None]:
    """It refuses whatever it is asked, and says until when."""
    shop.stripe.control("POST", "faults", kind="rate_limit", seconds=REST_SECONDS, count=99)
    try:
        yield
    finally:
        shop.stripe.control("DELETE", "faults")


def test_how_long_payments_is_to_be_left_alone_passes_orders_and_the_gateway(parted: Split) -> None:
    buyer = parted.buyer()
    assert buyer.buy((new_product(parted, stock=5, price=1500), 1)).status in {201, 202}
    buyer.await_status("awaiting_payment")
    sheet = f"{parted.url}/api/v1/orders/{buyer.order['number']}/payment"
    assert ask("GET", sheet, Authorization=buyer.authorization).status == 200
    with stripe_wants_rest(parted):
        refused = ask("GET", sheet, Authorization=buyer.authorization)
        assert (refused.status, refused.code, refused.headers["retry-after"]) == (503, "unavailable", str(REST_SECONDS))
    assert ask("GET", sheet, Authorization=buyer.authorization).status == 200
    parted.check_invariants()
