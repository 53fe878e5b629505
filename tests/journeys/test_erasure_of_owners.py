"""Owners are erased while their orders still move: money goes back once, returns can be ended, no card stays saved."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.buyer import Answer
from tests.concurrency.conftest import all_at_once
from tests.faults.after_the_money import about, staff
from tests.harness.shop import Shop
from tests.journeys.test_erasure import Member, filled, member
from tests.journeys.test_saved_cards import METHODS, save
from tests.scenes import new_product, order_id

PEOPLE, STEP = 7, 0.04
VISA = "4242424242424242"
PART = {"amount": {"amount": 300, "currency": "EUR"}, "reason": "goodwill", "detail": "A part."}
TAKEN_OR_GONE: dict[str, set[int]] = {"refund": {201}, "return": {201, 401, 404}, "card": {204, 401, 404}}
"""Who is gone is not known any more; an order is there for staff whatever became of its owner."""


@dataclass
class Owner:
    """Somebody whose order is at home, and who has saved a card."""

    who: Member
    card: str
    sku: str


def owner(shop: Shop, sku: str) -> Owner:
    one = member(shop, shop.buyer())
    card = str(save(one.buyer, VISA)["id"])
    one.buyer.order = one.ask("POST", "/orders", one.buyer.order_body(filled(one, sku))).body
    assert one.buyer.pay().status == 200
    one.buyer.await_status("confirmed")
    parcel = staff(shop, "fulfilment", about(one.buyer, "parcels"), {})
    staff(shop, "fulfilment", about(one.buyer, f"parcels/{parcel['id']}/deliver"), {})
    return Owner(one, card, sku)


def deeds(shop: Shop, one: Owner, finance: Member) -> dict[str, Callable[[], Answer]]:
    """What the shop and its owner do with an order and a card, and the end of the owner."""
    wish = {"lines": [{"sku": one.sku, "quantity": 1}], "reason": "damaged"}

    def end() -> Answer:
        assert shop.call("tests.erasing.grace_is_over", user_id=one.who.id) == 1
        return Answer(204, {}, None)

    return {
        "refund": lambda: finance.ask("POST", about(one.who.buyer, "refunds"), PART),
        "return": lambda: one.who.ask("POST", about(one.who.buyer, "returns"), wish),
        "card": lambda: one.who.ask("DELETE", f"{METHODS}/{one.card}"),
        "end": end,
    }


def at_the_end(shop: Shop, one: Owner, finance: Member, late: float) -> dict[str, Answer]:
    """All at once, with the end so much later than the deeds, or earlier."""

    def after(pause: float, deed: Callable[[], Answer]) -> Answer:
        time.sleep(max(pause, 0))
        return deed()

    wanted = deeds(shop, one, finance)
    timed: list[Callable[[], Answer]] = [
        partial(after, late if name == "end" else -late, deed) for name, deed in wanted.items()
    ]
    return dict(zip(wanted, all_at_once(timed), strict=True))


def finance_of(shop: Shop) -> Member:
    buyer = shop.buyer()
    buyer.token = str(shop.call("tests.goods.staff_token", role="finance")).removeprefix("Bearer ")
    return Member(buyer, "", "")


def end_return(shop: Shop, one: Owner, finance: Member, back: dict[str, Any]) -> str:
    """As staff goes on with it, whoever asked for it."""
    for role, verb in (("fulfilment", "authorise"), ("fulfilment", "receive")):
        staff(shop, role, about(one.who.buyer, f"returns/{back['id']}/{verb}"), {})
    left = {"amount": {"amount": 400, "currency": "EUR"}}
    staff(shop, "finance", about(one.who.buyer, f"returns/{back['id']}/refund"), left)
    shop.quiesce()
    return str(finance.ask("GET", about(one.who.buyer, f"returns/{back['id']}")).body["status"])


def test_a_refund_a_return_and_a_card_taken_away_at_the_moment_of_an_erasure_come_to_their_ends(shop: Shop) -> None:
    sku, finance = new_product(shop, stock=50, price=700), finance_of(shop)
    owners = all_at_once([lambda: owner(shop, sku)] * PEOPLE)
    answers, returned = [], Counter[int]()
    for number, one in enumerate(owners):
        got = at_the_end(shop, one, finance, (number - 5) * STEP)
        answers.append(got)
        wrong = {name: got[name] for name, right in TAKEN_OR_GONE.items() if got[name].status not in right}
        assert wrong == {}
        returned[got["return"].status] += 1
    shop.quiesce()
    shop.call("tests.erasing.minutes_later")
    shop.quiesce()

    for one, got in zip(owners, answers, strict=True):
        assert shop.call("tests.erasing.traces", user_id=one.who.id, email=one.who.buyer.email) == {}
        assert len(shop.call("tests.goods.refunds_of", order_id=order_id(shop, one.who.buyer))) == 1
        if got["return"].status == 201:
            assert end_return(shop, one, finance, got["return"].body) == "refunded"
    shop.quiesce()
    theirs = {order_id(shop, one.who.buyer) for one in owners}
    sent = Counter(row["amount"] for row in shop.facts()["refunds"] if row["order_id"] in theirs)
    assert sent == Counter({300: PEOPLE}) + Counter({400: returned[201]})
    shop.check_invariants()
