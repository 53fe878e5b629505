"""Eight buyers at once for four units of a running shop, while web, worker and relay die in the midst of it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.buyer import Answer, Buyer
from tests.faults.stories import paid_at_last
from tests.harness.shop import Shop
from tests.scenes import new_product

BUYERS, UNITS = 8, 4
DIES_WHILE_ORDERED = "orders.pending.stepped"
"""Web, when the stock is held and no move tells it."""
DIE_WHILE_PAID = ("relay.payments.sent", "orders.paid.stepped")
"""The relay, when the news of money are taken and its row still says they are not; a worker, when the stock is sold."""
REFUSED = ("orders.cart_not_ready", "catalog.out_of_stock")


def test_exactly_the_units_are_sold_whoever_dies_and_nobody_else_is_charged(shop: Shop) -> None:
    before, sku = set(shop.facts()["orders"]), new_product(shop, stock=UNITS, price=700)
    buyers = [shop.buyer() for _ in range(BUYERS)]

    with ThreadPoolExecutor(BUYERS) as crowd:
        carts = list(crowd.map(lambda buyer: buyer.fill_cart((sku, 1)), buyers))
        shop.arm(DIES_WHILE_ORDERED)
        answers: list[Answer] = list(crowd.map(Buyer.place, buyers, carts))
        turned_away = list(crowd.map(lambda buyer, answer: buyer.is_refused(answer, *REFUSED), buyers, answers))
        winners = [buyer for buyer, refused in zip(buyers, turned_away, strict=True) if not refused]
        odd = [one for one, no in zip(answers, turned_away, strict=True) if not no and one.status not in (201, 202)]
        assert odd == [], "neither ordered nor lawfully refused"
        for point in DIE_WHILE_PAID:
            shop.arm(point)
        list(crowd.map(paid_at_last, winners))
    for buyer in winners:
        buyer.await_status("confirmed")
    shop.revive()
    shop.check_invariants()

    assert all(shop.fired(point) for point in (DIES_WHILE_ORDERED, *DIE_WHILE_PAID)), "nobody died"
    assert len(winners) == UNITS
    facts = shop.facts()
    row = facts["stock"][sku]
    assert (row["available"], row["held"], row["sold"]) == (0, 0, UNITS)
    made = {order_id: order for order_id, order in facts["orders"].items() if order_id not in before}
    charged = {order_id for order_id in made if facts["provider"].get(order_id, {"received": 0})["received"]}
    assert {made[order_id]["number"] for order_id in charged} == {buyer.order["number"] for buyer in winners}
    assert {made[order_id]["status"] for order_id in made if order_id not in charged} <= {"cancelled"}
