"""Finance lets go of money that is set aside in the moment in which its parcel leaves: one of both, by real threads."""

from __future__ import annotations

import time
from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.buyer import Answer, Buyer, ask, insist
from tests.concurrency.conftest import all_at_once
from tests.harness.shop import Shop
from tests.scenes import SHAPE, STORE, new_product, order_id

pytestmark = pytest.mark.race
HEAD_STARTS = (0.0, 0.0, 0.05, 0.1, 0.1, 0.15)
"""By how many seconds who packs is earlier than finance, in each round."""
SLOW_SECONDS = "1"
"""What Stripe takes to let go, so that the order hears of it only after the parcel."""
MANUAL = {"PAYMENTS_CAPTURE": "manual"}


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    """What becomes of a card's money is one setting of the whole shop."""
    running = Shop(STORE, SHAPE, env=MANUAL)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def unpromised() -> Iterator[Shop]:
    """The control: payments answers what is true and promises nothing."""
    if SHAPE not in {"mono", "strict"}:
        pytest.skip("the control is always one unit: it is seen when that is tried")
    running = Shop(STORE, "mono", settings_module="tests.concurrency.unguarded.promises_settings", env=MANUAL)
    yield running
    running.stop()


def ask_for(buyer: Buyer, path: str, body: dict[str, str], who: str, after: float) -> Answer:
    time.sleep(after)
    return insist("POST", buyer.url(path), body, Authorization=who, Idempotency_Key=uuid4().hex)


def ship_and_void_at_once(shop: Shop) -> list[tuple[Buyer, Answer, Answer]]:
    """For each round: the buyer, and what who packs and finance were answered."""
    packer, finance = (str(shop.call(f"tests.goods.{who}_token")) for who in ("packer", "finance"))
    ends = []
    for head_start in HEAD_STARTS:
        buyer = shop.buyer()
        buyer.buy((new_product(shop, stock=2, price=700), 2))
        buyer.pay()
        buyer.await_status("confirmed")
        [intent] = shop.facts()["intents"][order_id(shop, buyer)]
        slow = {"kind": "delay", "seconds": SLOW_SECONDS, "path": f"/v1/payment_intents/{intent}/cancel"}
        assert ask("POST", f"{shop.stripe.url}/_fake/faults", form=slow).status < 300
        deeds = (
            (f"/orders/{buyer.order['number']}/parcels", {}, packer, 0.0),
            (f"/payments/{order_id(shop, buyer)}/voids", {"note": "Pays by bank."}, finance, head_start),
        )
        sent, let_go = all_at_once([lambda deed=deed, b=buyer: ask_for(b, *deed) for deed in deeds])
        ends.append((buyer, sent, let_go))
    shop.quiesce()
    return ends


def test_a_parcel_leaves_and_is_paid_or_its_money_is_let_go_and_it_stays(shop: Shop) -> None:
    for buyer, sent, let_go in ship_and_void_at_once(shop):
        assert (sent.status == 201) != (let_go.status == 201), (sent, let_go)
        came = shop.facts()["provider"][order_id(shop, buyer)]["received"]
        if sent.status == 201:
            assert let_go.body["params"]["reason"] in {"parcel_leaving", "already_captured"}
            assert (buyer.look()["status"], came) == ("shipped", buyer.order["total"]["amount"])
        else:
            assert (sent.status, buyer.look()["status"], came) == (409, "review", 0)
            buyer.cancel()
            buyer.await_status("cancelled")
    shop.check_invariants()


def test_control_without_the_promise_a_parcel_leaves_on_money_that_was_let_go(unpromised: Shop) -> None:
    told = ship_and_void_at_once(unpromised)
    unpaid = [buyer for buyer, sent, let_go in told if (sent.status, let_go.status) == (201, 201)]
    assert unpaid, [(sent, let_go) for _, sent, let_go in told]
    for buyer in unpaid:
        assert buyer.look()["status"] == "shipped"
        assert unpromised.facts()["provider"][order_id(unpromised, buyer)]["received"] == 0
