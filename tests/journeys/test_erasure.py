"""People are erased while they buy: no order and no money is lost, and what is left leads nobody to them."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from shop.identity.revocation import LOOK_SECONDS
from tests.buyer import ADDRESS, GOOD_CARD, Answer, Buyer, ask, insist
from tests.concurrency.conftest import all_at_once
from tests.erasing import PASSWORD
from tests.harness.shop import Shop
from tests.scenes import STORE, new_product

PEOPLE = 6 if STORE == "sqlite" else 3
"""MongoDB lets them write at once, and again whoever came second: each takes four times as long there."""
GONE = 401


@dataclass
class Member:
    """Somebody who is logged in."""

    buyer: Buyer
    id: str
    refresh: str

    def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """As they are, again while the shop is too busy; a refusal is an answer.

        Whoever did not ask again after a 503 would leave a key that is running for a day.
        """
        headers = {"Authorization": self.buyer.authorization}
        if method == "POST":
            headers["Idempotency_Key"] = uuid4().hex
        return insist(method, self.buyer.url(path), body, **headers)


def member(shop: Shop, buyer: Buyer) -> Member:
    """An account of this buyer, who is logged in."""
    made = shop.call("tests.erasing.member", email=buyer.email)
    buyer.token = made["access"]
    return Member(buyer, made["id"], made["refresh"])


def filled(one: Member, sku: str) -> str:
    """Their own cart with something in it."""
    cart = str(one.ask("POST", "/carts", {"currency": "EUR"}).body["id"])
    assert one.ask("POST", f"/carts/{cart}/lines", {"sku": sku, "quantity": 1}).status in {200, 201}
    return cart


def deeds(one: Member, sku: str) -> list[Callable[[], Answer | None]]:
    """What somebody can do with a shop that leaves something there, and each of them wants to be first."""
    cart, guests, mine = filled(one, sku), one.buyer.fill_cart((sku, 1)), one.ask("POST", "/me/addresses", ADDRESS)
    ordered = one.ask("POST", "/orders", {**one.buyer.order_body(cart), "save_payment_method": True})
    assert (mine.status, ordered.status in {201, 202}) == (201, True), (mine, ordered)
    one.buyer.order = ordered.body
    secret, number = str(one.buyer.sheet()["client_secret"]), one.buyer.order["number"]
    next_cart, guest_cart, body = filled(one, sku), one.buyer.fill_cart((sku, 1)), one.buyer.order_body
    password = {"current_password": PASSWORD}
    return [
        lambda: one.buyer.confirm(secret, GOOD_CARD),
        lambda: one.ask("POST", "/orders", body(next_cart)),
        lambda: insist("POST", one.buyer.url("/orders"), body(guest_cart), Idempotency_Key=uuid4().hex),
        lambda: one.ask("POST", f"/carts/{guests}/attach", {"strategy": "merge"}),
        lambda: one.ask("POST", "/me/payment-methods/setup-intents", {}),
        lambda: one.ask("POST", "/me/addresses", ADDRESS),
        lambda: one.ask("PATCH", f"/me/addresses/{mine.body['id']}", {"line1": "Street 2"}),
        lambda: one.ask("PATCH", "/me/notification-preferences", {"topics": {"shipping": {"mail": False}}}),
        lambda: one.ask("POST", "/me/email", {"email": f"next-{one.buyer.email}", **password}),
        lambda: one.ask("POST", f"/orders/{number}/cancel", {}),
        lambda: ask("POST", one.buyer.url("/auth/token/refresh"), {"refresh_token": one.refresh}),
        lambda: one.ask("DELETE", "/me", password),
    ]


def test_who_is_erased_while_they_buy_loses_no_order_and_leaves_nothing_to_the_next_with_that_address(
    shop: Shop,
) -> None:
    sku = new_product(shop, stock=200, price=700)
    people = [member(shop, shop.buyer()) for _ in range(PEOPLE)]
    theirs, others = set(), set()
    for number, one in enumerate(people):

        def end(one: Member = one, pause: float = number * 0.015) -> Answer | None:
            time.sleep(pause)
            assert shop.call("tests.erasing.grace_is_over", user_id=one.id) == 1
            return None

        answers = [answer for answer in all_at_once([*deeds(one, sku), end]) if answer is not None]
        assert [answer for answer in answers if answer.status >= 500 and answer.status != 503] == []
        _, by_login, as_guest, *_ = answers
        theirs |= {one.buyer.order["id"], *placed(by_login)}
        others |= placed(as_guest)  # of nobody in particular, if it came after the end
    shop.quiesce()
    shop.call("tests.erasing.minutes_later")
    time.sleep(2 * LOOK_SECONDS)  # so long may a process of web take an access token that has ended

    for one in people:
        assert shop.call("tests.erasing.traces", user_id=one.id, email=one.buyer.email) == {}
        looked = {path: one.ask("GET", path).status for path in ("/me", "/me/cart", "/orders")}
        assert set(looked.values()) == {GONE}, looked
    assert theirs | others <= set(shop.facts()["orders"])
    shop.check_invariants()

    heirs = [member(shop, one.buyer) for one in people]
    shop.quiesce()
    shop.call("tests.erasing.minutes_later")
    seen = {order["id"] for heir in heirs for order in heir.ask("GET", "/orders").body["data"]}
    assert seen & theirs == set()


def placed(answer: Answer) -> set[str]:
    """The order that was placed, if it was."""
    return {answer.body["id"]} if answer.status in {201, 202} else set()
