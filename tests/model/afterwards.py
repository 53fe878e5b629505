"""What becomes of an order that stands: parts of its money go back, and things that were shipped."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .buying import FEW, WHICH
from .choosing import Choosing
from .driver import RARE, REACHED, drives
from .finance import Finance
from .purse import Purse
from .shop import STANDING, Back, Order
from .world import fresh_key

STEPS: dict[str, tuple[str, frozenset[str], str, dict[str, Any]]] = {
    "withdraw": ("", frozenset({"requested", "authorised"}), "withdrawn", {}),
    "authorise": ("fulfilment", frozenset({"requested"}), "authorised", {}),
    "reject": ("fulfilment", frozenset({"requested", "authorised"}), "rejected", {"message": "It was worn."}),
    "receive": ("fulfilment", frozenset({"authorised"}), "here", {}),
    "refund": ("finance", frozenset({"here"}), "paid back", {}),
    "close": ("finance", frozenset({"here"}), "closed", {"message": "It came without its box."}),
}
"""What is done with a return: by whom (empty: its buyer), from where, to where, with what body."""


class Afterwards(Choosing, Purse, Finance):
    """Buyers, finance, and who receives what comes back."""

    @drives("refund_order", "list_refunds")
    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, cents=st.sampled_from([1, 300, 1200, 10**6]), who=st.sampled_from(["finance", "support"]))
    def refund_a_part(self, which: int, cents: int, who: str) -> None:
        order = self.pick(self.shop.orders, which)
        path, key = f"/orders/{order.number}/refunds", {"idempotency_key": fresh_key()}
        body = {"amount": {"amount": cents, "currency": "EUR"}, "reason": "goodwill", "detail": "A scratch."}
        kept = self.received(order) - sum(order.parts.values())
        heard = self.heard(order) - sum(order.parts.values())
        answer = self.ask(who, "POST", path, body, 201, 409, 403, **key)
        if who == "support":
            assert answer.status_code == 403, answer.content
            return
        self.remember(who, path, body, key, answer)
        if answer.status_code == 201:
            assert not order.given_up & {"cancelled", "refunding"}, "a part of what was given up went back"
            self.pay_back(order, answer.json(), cents, kept)
            if order.partly:
                REACHED[RARE[0] if self.world.stripe.aside(order.id) else RARE[1]] += 1
        else:
            all_of_it = cents == heard and not order.parcels
            stands = order.known in STANDING and not order.given_up and not order.strange
            assert not stands or cents > heard or all_of_it, answer.content
        shown = self.ask("finance", "GET", path, None, 200).json()
        assert {one["id"] for one in shown["data"] if one["status"] != "failed"} >= set(order.parts)

    @precondition(lambda self: self.manual and self.shop.orders)
    @rule(which=WHICH, cents=st.sampled_from([300, 800]), ends=st.booleans())
    def parts_come_and_go(self, which: int, cents: int, ends: bool) -> None:
        """Two parts are taken, and some of them goes back while the rest is set aside, or once it was let go.

        Of an order that this can still become of, where there is one.
        """
        orders = self.shop.orders
        whole = [one for one in orders if not (one.by_bank or one.given_up or one.parcels or one.captures)]
        which = len(orders) - 1 - orders.index(self.pick(whole or orders, which))
        self.pay_and_be_heard(which)
        for _ in range(2):
            self.capture(which, 500, True, "finance")
        if ends:
            self.let_go_of_the_rest(which, "finance")
        self.work()
        self.look_at_an_order(which, "support")
        self.refund_a_part(which, cents, "finance")

    def heard(self, order: Order) -> int:
        """What the order knows to have come: a capture is told to it later."""
        if not self.manual or order.by_bank:
            return self.received(order)
        return int(self.ask("finance", "GET", f"/orders/{order.number}", None, 200).json()["captured"]["amount"])

    def pay_back(self, order: Order, shown: dict[str, Any], cents: int, kept: int) -> None:
        """A refund that was taken: never more than is kept."""
        assert shown["amount"] == {"amount": cents, "currency": "EUR"}
        assert 0 < cents <= kept, f"{cents} of {kept} that are kept go back"
        order.parts[shown["id"]] = cents

    @drives("request_return", "list_order_returns")
    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, count=FEW, by=st.sampled_from(["token", "owner"]))
    def ask_to_return(self, which: int, count: int, by: str) -> None:
        order = self.pick(self.shop.orders, which)
        sku, who, key = min(order.lines), self.holder(order, by), {"idempotency_key": fresh_key()}
        path, body = (
            f"/orders/{order.number}/returns",
            {"lines": [{"sku": sku, "quantity": count}], "reason": "damaged"},
        )
        left = order.shipped(sku) - order.coming_back(sku)
        answer = self.ask(who, "POST", path, body, 201, 409, **key)
        self.remember(who, path, body, key, answer)
        if answer.status_code == 201:
            assert count <= left, f"{count} of {left} that were shipped may come back"
            order.returns[answer.json()["id"]] = Back(sku, count)
        else:
            assert count > left, answer.content
        shown = self.ask(who, "GET", path, None, 200).json()["data"]
        assert {one["id"] for one in shown} == set(order.returns)

    @drives(
        "withdraw_return", "authorise_return", "reject_return", "receive_return", "refund_return", "close_return",
        "get_return",
    )  # fmt: skip
    @precondition(lambda self: any(order.returns for order in self.shop.orders))
    @rule(
        which=WHICH, verb=st.sampled_from([*STEPS, "authorise", "receive", "receive", "refund"]), broken=st.booleans()
    )
    def go_on_with_a_return(self, which: int, verb: str, broken: bool) -> None:
        order = self.pick([one for one in self.shop.orders if one.returns], which)
        return_id = self.pick(sorted(order.returns), which)
        back, (by, states, to, body) = order.returns[return_id], STEPS[verb]
        if verb == "receive" and broken:
            line = {"sku": back.sku, "quantity": back.count, "condition": "damaged", "restock": False}
            body = {"lines": [line]}
        who, key = by or f"order:{order.id}", {"idempotency_key": fresh_key()}
        one = f"/orders/{order.number}/returns/{return_id}"
        kept = self.received(order) - sum(order.parts.values())
        answer = self.ask(who, "POST", f"{one}/{verb}", body, 200, 201, 409, **key)
        self.remember(who, f"{one}/{verb}", body, key, answer)
        shown = self.ask(who, "GET", one, None, 200).json()
        if answer.status_code == 409:
            waits = back.state in states and shown["status"] != "received"
            assert not waits or answer.json()["code"] == "orders.refund_too_much", answer.content
            return
        if back.state not in states:
            assert verb != "refund", "paid back twice"
            return
        back.state = to
        back.restocked = back.count if verb == "receive" and not broken else back.restocked
        back.told[verb] += 1
        if verb == "refund":
            self.pay_back(order, answer.json(), answer.json()["amount"]["amount"], kept)

    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, count=FEW)
    def send_it_back(self, which: int, count: int) -> None:
        """As it goes on a bad day: paid, shipped, asked for, allowed, received, paid back."""
        self.pay_and_be_heard(which)
        self.ship(which, "all", "fulfilment")
        order = self.pick(self.shop.orders, which)
        known = set(order.returns)
        self.ask_to_return(which, count, "token")
        if not set(order.returns) - known:
            return
        those = [one for one in self.shop.orders if one.returns]
        place = len(those) - 1 - those.index(order)
        for verb in ("authorise", "receive", "refund"):
            self.go_on_with_a_return(place, verb, broken=False)
