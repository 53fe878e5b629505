"""What buyers choose besides: the same once more, and what they want to be told."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from apps.accounts.contracts import AddressVerified
from shop import clock
from shop.db import transact
from shop.events import publish

from .buying import WHICH, Buying
from .driver import drives
from .shop import Cart
from .world import CUSTOMERS, fresh_key

TOPICS = {
    "account": {"mail"},
    "orders": {"mail", "sms"},
    "returns": {"mail", "sms"},
    "payment_reminders": {"mail", "sms"},
    "shipping": {"mail", "sms"},
    "stock_news": {"mail"},
}
ALWAYS = {("account", "mail"), ("orders", "mail"), ("returns", "mail")}
"""What nobody can choose."""
CHOICES = sorted((topic, channel) for topic, channels in TOPICS.items() for channel in channels)


class Choosing(Buying):
    """Everybody who has a choice."""

    @drives("reorder_order")
    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, by=st.sampled_from(["token", "owner", "stranger"]))
    def order_it_again(self, which: int, by: str) -> None:
        """All that is for sale and there goes into the customer's cart, or a guest's new one, and nothing else."""
        order = self.pick(self.shop.orders, which)
        who, key = "eve" if by == "stranger" else self.holder(order, by), {"idempotency_key": fresh_key()}
        least = {sku: min(count, self.shop.left_at_least(sku)) for sku, count in order.lines.items()}
        most = {sku: min(count, self.shop.left_at_most(sku, clock.now())) for sku, count in order.lines.items()}
        deaths, path = len(self.world.deaths), f"/orders/{order.number}/reorder"
        answer = self.ask(who, "POST", path, {}, 201, 404, 409, **key)
        if by == "stranger":
            assert answer.status_code == 404, answer.content
            return
        for_sale = {sku for sku in order.lines if self.shop.published[sku]}
        if answer.status_code == 409:
            assert answer.json()["code"] == "orders.nothing_to_reorder", answer.content
            assert not any(least[sku] > 0 for sku in for_sale), answer.content
            told = {error["code"] for error in answer.json()["errors"]}
            assert told <= {"unavailable", "out_of_stock"}
            return
        assert answer.status_code == 201, answer.content
        assert any(most[sku] > 0 for sku in for_sale), answer.content
        self.remember(who, path, {}, key, answer)
        filled = answer.json()
        if len(self.world.deaths) == deaths:  # who asks again is told of what is there then
            short = {one["sku"]: one for one in filled["problems"] if one["code"] in {"unavailable", "out_of_stock"}}
            assert {sku for sku, one in short.items() if one["code"] == "unavailable"} == set(order.lines) - for_sale
            for sku in for_sale if who not in CUSTOMERS else ():  # theirs tell what the whole line came to
                got = short[sku]["quantity"] if sku in short else order.lines[sku]
                assert least[sku] <= got <= most[sku], f"{got} of {sku} again, the model says {least} to {most}"
        self.take_up(who if who in CUSTOMERS else "", filled["cart_id"], {sku: most[sku] for sku in for_sale})

    def take_up(self, who: str, cart_id: str, most: dict[str, int]) -> None:
        """The cart that an order went into: at most so many more of each than its customer had."""
        had = self.shop.open_cart(who) if who else None
        shown = self.ask(who, "GET", "/me/cart" if who else f"/carts/{cart_id}", None, 200).json()
        assert shown["id"] == cart_id
        got = self.lines_of(shown)
        if who and (had is None or had.id != cart_id or who in self.shop.loose):
            assert had is None or who in self.shop.loose, "a customer has two carts"
            self.adopt(who, shown)
            return
        before = dict(had.lines) if had else {}
        assert set(got) - set(before) <= set(most), f"{set(got)} of {set(before)} and {set(most)}"
        for sku, count in got.items():
            assert before.get(sku, 0) <= count or count <= self.shop.received[sku], (sku, count, before)
            assert count <= before.get(sku, 0) + max(most.get(sku, 0), 0), (sku, count, before, most)
        cart = had or Cart(cart_id, "")
        if not had:
            self.shop.carts.append(cart)
        cart.fill(got, {sku: cart.seen.get(sku, self.shop.prices[sku]) for sku in got})

    @drives("get_notification_preferences", "change_notification_preferences")
    @rule(who=st.sampled_from(CUSTOMERS), choice=st.sampled_from(CHOICES), wanted=st.booleans(), stale=st.booleans())
    def choose_news(self, who: str, choice: tuple[str, str], wanted: bool, stale: bool) -> None:
        """Only what is named changes; what must be told is told."""
        (topic, channel), path = choice, "/me/notification-preferences"
        tag = self.ask(who, "GET", path, None, 200).headers["ETag"]
        body: dict[str, Any] = {"topics": {topic: {channel: wanted}}}
        if stale:
            self.ask(who, "PATCH", path, body, 422 if choice in ALWAYS and not wanted else 412, if_match='"r999999"')
        else:
            forbidden = choice in ALWAYS and not wanted
            answer = self.ask(who, "PATCH", path, body, 422 if forbidden else 200, if_match=tag)
            if forbidden:
                [error] = answer.json()["errors"]
                assert (answer.json()["code"], error["pointer"]) == (
                    "notifications.mandatory_topic",
                    f"/topics/{topic}/{channel}",
                )
            else:
                assert answer.headers["ETag"] != tag
                self.shop.choose(who, choice, wanted=wanted)
        shown = self.ask(who, "GET", path, None, 200).json()["topics"]
        assert shown == {
            topic: {
                channel: {
                    "wanted": (topic, channel) not in self.shop.unwanted.get(who, set()),
                    "mandatory": (topic, channel) in ALWAYS,
                }
                for channel in channels
            }
            for topic, channels in TOPICS.items()
        }
        self.ask("", "GET", path, None, 401)

    @precondition(lambda self: not self.shop.claimed)
    @rule()
    def show_whose_address_it_is(self) -> None:
        """The orders that guests placed with ada's address become hers; nobody else's do."""
        verified = AddressVerified(UUID(self.world.people["ada"]), "ada@example.com", clock.now())
        transact("accounts", lambda: publish(verified, key=verified.user_id))
        self.shop.claimed = True
