"""What buyers do: carts, orders, cancellations; what thieves try; and requests that are repeated."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.test import override_settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from shop import clock

from .driver import Driver, drives
from .shop import BANK_WINDOW, ON_ITS_WAY_OUT, STANDING, Cart, Order
from .world import ADDRESS, CUSTOMERS, PRICES, fresh_key

WHICH = st.integers(0, 5)
"""One of those that there are, by its place."""
SKUS = st.sampled_from(sorted(PRICES))
FEW = st.integers(1, 3)
SELDOM = st.sampled_from([False, False, False, True])
MAX_OPEN = 3
"""How many orders by bank transfer one address may have unpaid; all guests and customers give the same."""


class Buying(Driver):
    """Guests, ada and bob; and eve, who has nothing."""

    # --- carts -------------------------------------------------------------------------------------------------------

    @drives("create_cart", "get_my_cart")
    @rule(who=st.sampled_from(["", *CUSTOMERS]))
    def open_a_cart(self, who: str) -> None:
        had = self.shop.open_cart(who) if who else None
        answer = self.ask(who, "POST", "/carts", {}, 200, 201, idempotency_key=fresh_key())
        if who and answer.status_code == 200:
            assert had or who in self.shop.loose, "this customer had no cart"
            if had and had.id == answer.json()["id"]:
                self.compare(had, answer.json())
            else:
                self.adopt(who, answer.json())
        else:
            assert answer.status_code == 201
            assert not had or who in self.shop.loose, "a customer has two carts"
            self.shop.carts.append(Cart(answer.json()["id"], who))
        if who:
            mine = self.ask(who, "GET", "/me/cart", None, 200).json()
            assert mine["id"] == answer.json()["id"]

    @drives("add_cart_line", "put_cart_line", "set_cart_line", "remove_cart_line", "clear_cart", "get_cart")
    @precondition(lambda self: self.shop.carts)
    @rule(which=WHICH, sku=SKUS, count=FEW, how=st.sampled_from(["add", "add", "put", "set", "remove", "clear", "get"]))
    def change_a_cart(self, which: int, sku: str, count: int, how: str) -> None:
        cart = self.pick(self.shop.carts, which)
        path, lines = f"/carts/{cart.id}", f"/carts/{cart.id}/lines"
        requests: dict[str, tuple[str, str, Any]] = {
            "add": ("POST", lines, {"sku": sku, "quantity": count}),
            "put": ("PUT", f"{lines}/{sku}", {"quantity": count}),
            "set": ("PATCH", f"{lines}/{sku}", {"quantity": count}),
            "remove": ("DELETE", f"{lines}/{sku}", None),
            "clear": ("DELETE", lines, None),
            "get": ("GET", path, None),
        }
        method, where, body = requests[how]
        key = {"idempotency_key": fresh_key()} if how == "add" else {}
        answer = self.ask(cart.owner, method, where, body, 200, 404, 409, 422, **key)
        if how == "add":
            self.remember(cart.owner, where, body, key, answer)
        if cart.state != "open" or answer.status_code == 409:
            self.meet(cart, answer)
            return
        before = dict(cart.lines)
        if how in {"add", "put"} and not self.shop.published[sku]:
            assert answer.json()["code"] == "catalog.unknown_sku", answer.content
            return
        if how == "set" and sku not in before:
            assert answer.status_code == 404 or cart.owner in self.shop.loose, answer.content
            return
        assert answer.status_code == 200, answer.content
        self.expect(cart, how, sku, count)
        if how in {"add", "put"} and sku not in before:
            cart.seen[sku] = self.shop.prices[sku]
        self.compare(cart, answer.json())

    @staticmethod
    def expect(cart: Cart, how: str, sku: str, count: int) -> None:
        """What this verb makes of the lines."""
        if how == "add":
            cart.lines[sku] = cart.lines.get(sku, 0) + count
        elif how in {"put", "set"}:
            cart.lines[sku] = count
        elif how == "remove":
            cart.lines.pop(sku, None)
        elif how == "clear":
            cart.lines.clear()

    @drives("acknowledge_cart_prices", "change_cart")
    @precondition(lambda self: self.shop.carts)
    @rule(which=WHICH, stale=st.booleans())
    def agree_to_prices(self, which: int, stale: bool) -> None:
        cart = self.pick(self.shop.carts, which)
        if stale:
            body = {"currency": "EUR"}
            answer = self.ask(cart.owner, "PATCH", f"/carts/{cart.id}", body, 412, 409, 404, if_match='"r999999"')
            assert answer.status_code == 412 or cart.state != "open", answer.content
            return
        answer = self.ask(
            cart.owner, "POST", f"/carts/{cart.id}/acknowledge", {}, 200, 409, idempotency_key=fresh_key()
        )
        if cart.state != "open" or answer.status_code == 409:
            self.meet(cart, answer)
            return
        cart.seen = {sku: self.shop.prices[sku] if self.shop.published[sku] else cart.seen[sku] for sku in cart.lines}
        self.compare(cart, answer.json())

    @drives("attach_cart")
    @precondition(lambda self: any(not cart.owner for cart in self.shop.carts))
    @rule(which=WHICH, who=st.sampled_from(CUSTOMERS), strategy=st.sampled_from(["merge", "keep_mine", "take_guest"]))
    def bring_a_cart(self, which: int, who: str, strategy: str) -> None:
        guest = self.pick([cart for cart in self.shop.carts if not cart.owner], which)
        mine = self.shop.open_cart(who)
        path, body, key = f"/carts/{guest.id}/attach", {"strategy": strategy}, {"idempotency_key": fresh_key()}
        answer = self.ask(who, "POST", path, body, 200, 409, **key)
        if guest.state != "open" or answer.status_code == 409:
            assert answer.status_code == 409 or guest.state != "merged", answer.content
            if answer.status_code == 200:
                guest.state, guest.owner = "merged", who
                self.adopt(who, answer.json())
            return
        got, survivor = self.lines_of(answer.json()), answer.json()["id"]
        if survivor == guest.id:
            assert mine is None or who in self.shop.loose, "a customer has two carts"
            guest.owner = who
            self.compare(guest, answer.json())
            return
        guest.state, guest.owner = "merged", who
        if mine is None or mine.id != survivor or who in self.shop.loose:
            self.adopt(who, answer.json())
            return
        if strategy == "merge":
            assert set(got) == set(mine.lines) | set(guest.lines)
            for sku, count in got.items():
                one, other = mine.lines.get(sku, 0), guest.lines.get(sku, 0)
                assert max(one, other) <= count <= one + other, (sku, one, other, count)
        else:
            assert got == (mine.lines if strategy == "keep_mine" else guest.lines)
        seen = {**guest.seen, **mine.seen} if strategy != "take_guest" else guest.seen
        mine.fill(got, {sku: seen[sku] for sku in got})

    @initialize(who=st.sampled_from(["", *CUSTOMERS]), capture=st.sampled_from(["automatic", "automatic", "manual"]))
    def a_busy_shop(self, who: str, capture: str) -> None:
        """Two have ordered, and one has something in a cart; the shop takes money at once or when it ships."""
        self.manual = capture == "manual"
        assert settings.BANK_TRANSFER is not None
        bank = replace(settings.BANK_TRANSFER, days=BANK_WINDOW.days, grace_days=0)
        self._open.enter_context(override_settings(PAYMENTS_CAPTURE=capture, BANK_TRANSFER=bank))
        self.buy("", "MUG-BLUE", 1)
        self.buy("ada", "CUP-GREEN", 2)
        self.open_a_cart(who)
        self.change_a_cart(0, "MUG-RED", 1, "put")

    @rule(who=st.sampled_from(["", *CUSTOMERS]), sku=SKUS, count=FEW, by_bank=SELDOM)
    def buy(self, who: str, sku: str, count: int, by_bank: bool = False) -> None:
        """As it goes on a good day: a cart, a line, an order."""
        self.open_a_cart(who)
        cart = self.shop.open_cart(who) if who else self.shop.carts[-1]
        assert cart is not None
        which = len(self.shop.carts) - 1 - self.shop.carts.index(cart)
        self.change_a_cart(which, sku, count, "put")
        self.agree_to_prices(which, stale=False)
        self.order(which, "right", by_bank)

    # --- orders ------------------------------------------------------------------------------------------------------

    @drives("place_order")
    @precondition(lambda self: self.shop.carts)
    @rule(which=WHICH, agreed=st.sampled_from(["not told", "right", "right", "wrong"]), by_bank=SELDOM)
    def order(self, which: int, agreed: str, by_bank: bool) -> None:
        cart = self.pick(self.shop.carts, which)
        total = self.shop.total(cart.lines)
        body: dict[str, Any] = {"cart_id": cart.id, "email": "ada@example.com", "shipping_address": ADDRESS}
        body |= {"payment_method": "bank_transfer"} if by_bank else {}
        if agreed != "not told":
            body["expected_total"] = {"amount": total + (agreed == "wrong"), "currency": "EUR"}
        certain, possible = self.shop.problems(cart, clock.now())
        key = {"idempotency_key": fresh_key()}
        answer = self.ask(cart.owner, "POST", "/orders", body, 201, 202, 404, 409, 422, **key)
        self.remember(cart.owner, "/orders", body, key, answer)
        placed = answer.json()
        if answer.status_code >= 400 and placed["code"] == "orders.payment_method_refused":
            assert (answer.status_code, placed["params"]["reason"]) == (422, "too_many_unpaid"), placed
            assert sum(one.by_bank and not one.came for one in self.shop.orders) >= MAX_OPEN, placed
            return
        if answer.status_code >= 400:
            self.refused(cart, placed, possible | ({"total"} if agreed == "wrong" else set()))
            return
        if cart.state == "unsure" or cart.owner in self.shop.loose:
            cart.fill(self.lines_of(placed), {line["sku"]: line["unit_price"]["amount"] for line in placed["lines"]})
            total = self.shop.total(cart.lines)
        else:
            assert cart.state == "open", f"a cart that is {cart.state} was ordered"
            assert not certain, f"ordered in spite of {certain}"
            assert agreed != "wrong", "ordered for another total than agreed"
        assert self.lines_of(placed) == cart.lines
        assert placed["total"] == {"amount": total, "currency": "EUR"}
        made = Order(placed["id"], placed["number"], cart, cart.owner, dict(cart.lines), total, clock.now(), by_bank)
        made.known = placed["status"]
        cart.state = "ordered"
        self.shop.orders.append(made)
        for sku, count in made.lines.items():
            assert self.shop.left_at_most(sku, clock.now()) >= 0, f"{count} of {sku} sold, which were not there"

    def refused(self, cart: Cart, problem: dict[str, Any], possible: set[str]) -> None:
        """Only for what forbids it."""
        code = problem["code"]
        if code in {"cart.ordered", "cart.merged", "cart.changed", "cart.not_found"}:
            assert cart.state != "open" or cart.owner in self.shop.loose, problem
            return
        told = {error["code"] for error in problem.get("errors", [])}
        told |= (
            {"orders.price_changed": {"total"}, "catalog.out_of_stock": {"out_of_stock"}}.get(code, set())
            if not told
            else set()
        )
        loose = cart.state != "open" or cart.owner in self.shop.loose
        assert told, problem
        assert told <= possible or loose, f"{told} is told, {possible} is possible"

    @drives("get_order", "list_orders", "list_parcels", "get_order_payment")
    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, by=st.sampled_from(["token", "owner", "support"]))
    def look_at_an_order(self, which: int, by: str) -> None:
        order = self.pick(self.shop.orders, which)
        who = self.holder(order, by)
        shown = self.ask(who, "GET", f"/orders/{order.number}", None, 200).json()
        self.see(order, shown["status"])
        assert shown["total"]["amount"] == order.total
        assert self.lines_of(shown) == order.lines
        assert {one["id"] for one in shown["parcels"]} <= set(order.parcels)
        parcels = self.ask(who, "GET", f"/orders/{order.number}/parcels", None, 200).json()["data"]
        assert {one["id"] for one in parcels} == set(order.parcels)
        payable = {403} if who == "support" else {200, 404, 503}
        sheet = self.ask(who, "GET", f"/orders/{order.number}/payment", None, *payable)
        if sheet.status_code == 200 and (intent := self.world.stripe.intent(order.id)):
            assert sheet.json()["client_secret"] in ("", intent["client_secret"])
        if order.owner and who == order.owner:
            listed = {one["number"] for one in self.ask(who, "GET", "/orders?limit=100", None, 200).json()["data"]}
            assert {one.number for one in self.shop.orders if one.owner == who} <= listed
            theirs = {who, ""} if who == "ada" and self.shop.claimed else {who}
            assert not {one.number for one in self.shop.orders if one.owner not in theirs} & listed

    @drives("cancel_order")
    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, by=st.sampled_from(["token", "owner", "finance", "fulfilment", "support"]))
    def cancel(self, which: int, by: str) -> None:
        order = self.pick(self.shop.orders, which)
        who, key = self.holder(order, by), {"idempotency_key": fresh_key()}
        path, body = f"/orders/{order.number}/cancel", {"reason": "changed my mind"}
        answer = self.ask(who, "POST", path, body, 200, 409, 403, 503, **key)
        if by == "support":
            assert answer.status_code == 403, answer.content
            return
        assert answer.status_code != 403
        self.remember(who, path, body, key, answer)
        if answer.status_code == 200:
            status = answer.json()["status"]
            assert not order.parcels, f"a shipped order could be cancelled: {status}"
            self.give_up(order, status)
        elif answer.status_code == 409:
            assert order.parcels, answer.content

    def give_up(self, order: Order, status: str) -> None:
        """Its cart may come back; what may become of it is in the model."""
        if status in ON_ITS_WAY_OUT:
            order.given_up.add(status)
            self.may_come_back(order)
        else:
            assert self.was_paid(order), f"it is {status} after a cancellation, and nobody paid"
        self.see(order, status)

    @rule(points=st.integers(0, 9), which=WHICH, doing=st.sampled_from(["buy", "cancel"]))
    def die_while(self, points: int, which: int, doing: str) -> None:
        """The web process dies, and the buyer asks again."""
        self.world.die_after(points)
        if doing == "buy":
            self.buy("", "MUG-BLUE", 1)
        elif self.shop.orders:
            self.cancel(which, "token")

    # --- thieves and repeats -----------------------------------------------------------------------------------------

    @drives("get_cart", "get_order", "cancel_order", "get_order_payment", "list_parcels", "list_orders")
    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, other=WHICH, who=st.sampled_from(["eve", "guest", "another order"]))
    def steal(self, which: int, other: int, who: str) -> None:
        order, foreign = self.pick(self.shop.orders, which), self.pick(self.shop.orders, other)
        if who == "another order" and foreign is order:
            return
        thief = {"eve": "eve", "guest": "", "another order": f"order:{foreign.id}"}[who]
        wanted = 401 if who == "guest" else 404
        for method, rest in (("GET", ""), ("GET", "/payment"), ("GET", "/parcels"), ("POST", "/cancel")):
            self.ask(thief, method, f"/orders/{order.number}{rest}", {}, wanted)
        if order.cart.owner:
            self.ask("eve" if who == "eve" else "", "GET", f"/carts/{order.cart.id}", None, 404)
        assert self.ask("eve", "GET", "/orders", None, 200).json()["data"] == []

    @precondition(lambda self: self.sent)
    @rule(which=WHICH, otherwise=st.booleans())
    def repeat(self, which: int, otherwise: bool) -> None:
        """The same key is the same answer; another body under it is refused."""
        sent = self.sent[-1 - which % len(self.sent)]
        body = {**sent.body, "note" if sent.path == "/orders" else "x": "other"} if otherwise else sent.body
        answer = self.ask(sent.who, "POST", sent.path, body, 422, 503, sent.status, **sent.key)
        if answer.status_code == 503:
            return  # the sheet is asked of Stripe each time, and Stripe was told to fail
        if otherwise:
            assert answer.status_code == 422, answer.content
            assert answer.json()["code"] == "idempotency.key_reused"
            return
        assert answer.status_code == sent.status
        assert answer.headers["Idempotent-Replayed"] == "true"
        live = ("token", "payment")
        assert {name: value for name, value in answer.json().items() if name not in live} == {
            name: value for name, value in sent.answer.items() if name not in live
        }

    def holder(self, order: Order, by: str) -> str:
        """Who may look: the token's holder, its customer, or staff."""
        return {"token": f"order:{order.id}", "owner": order.owner or f"order:{order.id}"}.get(by, by)

    def see(self, order: Order, status: str) -> None:
        """A state that was shown: it must be one that this order can be in."""
        paid = self.was_paid(order)
        if status in STANDING | {"paid", "refunding"}:
            assert paid, f"{order.number} is {status}, and nobody paid"
        if order.given_up & {"cancelled", "refunding"}:
            assert status in ON_ITS_WAY_OUT, f"{order.number} was given up and is {status}"
        if order.parcels:
            assert status == order.shipped_state()
        assert status != "review" or order.strange, f"{order.number} is in review, and nothing of it is strange"
        if status in ON_ITS_WAY_OUT:
            assert order.given_up or order.over(clock.now()), f"{order.number} is {status}, and nobody gave it up"
            self.may_come_back(order)
        order.known = status
