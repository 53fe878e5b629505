"""Money that is set aside, taken in parts, sent back in part while a rest is there, let go: a shop is killed.

In one process more ways of it die at every point (test_every_point.py); here it is a web server or worker that ends.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.buyer import Buyer
from tests.harness.shop import SHORT_LEASES, Shop
from tests.scenes import SHAPE, STORE, order_id

from .after_the_money import about, confirmed, staff, webhooks_held
from .stories import Ends, Story
from .test_crashes import STRIDE, die_at_each

TAKEN, TAKEN_AGAIN, BACK = 500, 300, 200
OWN = (
    "payments.capture.", "payments.void.", "payments.cancel.", "orders.capture.", "captured.after_commit",
    "payments.promise.", "orders.promise.",
)  # fmt: skip
"""What is in the names of points that a shop does not pass, or for another end, where money is taken at once."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """What becomes of a card's money is one setting of the whole shop."""
    running = Shop(STORE, SHAPE, env={**SHORT_LEASES[STORE], "PAYMENTS_CAPTURE": "manual"})
    yield running
    running.stop()


@pytest.fixture(scope="module")
def survived() -> set[str]:
    """The points at which a process has died already."""
    return set()


def sent_parcel_by_parcel(shop: Shop) -> Ends:
    """Finance takes a part, some of it goes back while the rest is set aside, and the first parcel takes that."""
    buyer, sku = confirmed(shop)
    with webhooks_held(shop):  # or they tell of a part before anybody asks for it again
        take(shop, buyer, TAKEN)
        body = {"amount": {"amount": BACK, "currency": "EUR"}, "reason": "damaged", "detail": "A scratch."}
        staff(shop, "finance", about(buyer, "refunds"), body)
        for parcel in ({"lines": [{"sku": sku, "quantity": 1}]}, {}):
            staff(shop, "fulfilment", about(buyer, "parcels"), parcel)
    return ended(shop, buyer, TAKEN, buyer.order["total"]["amount"] - TAKEN)


def rest_let_go(shop: Shop) -> Ends:
    """Two parts are taken and the rest is let go: the parcel leaves after that, and takes no more."""
    buyer, _ = confirmed(shop)
    with webhooks_held(shop):
        take(shop, buyer, TAKEN)
        take(shop, buyer, TAKEN_AGAIN)
        staff(shop, "finance", f"/payments/{order_id(shop, buyer)}/voids", {"note": "No more of it."})
        staff(shop, "fulfilment", about(buyer, "parcels"), {})
    return ended(shop, buyer, TAKEN, TAKEN_AGAIN)


def take(shop: Shop, buyer: Buyer, cents: int) -> None:
    """Finance takes so much and keeps the rest set aside."""
    part = {"amount": {"amount": cents, "currency": "EUR"}, "final_capture": False}
    staff(shop, "finance", f"/payments/{order_id(shop, buyer)}/captures", part)


def ended(shop: Shop, buyer: Buyer, *captures: int) -> Ends:
    """Once all is quiet Stripe has taken exactly these."""
    shop.revive()
    shop.quiesce()
    facts, order = shop.facts(), order_id(shop, buyer)
    taken = [row["taken"] for row in facts["captures"] if row["order_id"] == order]
    assert sorted(taken) == sorted(captures), f"{taken} were taken, not {captures}"
    assert facts["provider"][order]["received"] == sum(captures)
    return buyer, "shipped"


@pytest.mark.parametrize("story", [sent_parcel_by_parcel, rest_let_go], ids=lambda story: story.__name__)
def test_each_part_is_taken_once_and_told_once_wherever_a_process_dies(
    shop: Shop, story: Story, survived: set[str]
) -> None:
    passed = shop.record(lambda: story(shop))
    own = [point for point in passed if any(name in point for name in OWN)]
    assert len(own) >= 3
    points = passed[::STRIDE] if STRIDE else [point for point in own if point not in survived]
    killed = die_at_each(shop, story, points)
    survived.update(killed)
    print(f"\n{story.__name__}: killed at {len(killed)} of {len(passed)} points: {' '.join(points)}")
