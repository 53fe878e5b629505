"""What goes on behind the counter: Stripe, its postman, staff, workers, time and trouble."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from shop import clock

from .buying import FEW, SKUS, WHICH
from .driver import RARE, REACHED, Driver, drives
from .shop import STANDING
from .world import RUNNABLE, SLUG, fresh_key

A_DAY = 86401
CARDS = ["pm_card_visa", "pm_card_visa", "pm_card_visa", "pm_card_visa_chargeDeclined"]


class Keeping(Driver):
    """Everybody but the buyers."""

    # --- money -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, card=st.sampled_from(CARDS), how=st.sampled_from(["pay", "pay", "pay", "process", "settle"]))
    def pay(self, which: int, card: str, how: str) -> None:
        """The buyer at Stripe, or the bank: what Stripe refuses changes nothing."""
        order = self.pick(self.shop.orders, which)
        intent = self.world.stripe.intent(order.id)
        if intent is None:
            return
        fields = (
            {"result": "fail" if "Declined" in card else "succeed"} if how == "settle" else {"payment_method": card}
        )
        done = self.world.stripe.do(intent["id"], how, **fields)
        self.world.stripe.collect()
        self.world.note(f"buyer: {how} {order.number} with {card}: {'done' if done else 'refused'}")

    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH)
    def pay_and_be_heard(self, which: int) -> None:
        """As it goes on a good day: paid, told, worked on."""
        self.pay(which, CARDS[0], "pay")
        while self.world.stripe.tray:
            self.post(0, "once")
        self.world.run_woken()

    @drives("receive_stripe_webhook")
    @precondition(lambda self: self.world.stripe.tray)
    @rule(which=WHICH, how=st.sampled_from(["once", "once", "once", "twice", "lost", "badly signed", "unsigned"]))
    def post(self, which: int, how: str) -> None:
        """In any order; what is not taken out comes later, or never."""
        tray = self.world.stripe.tray
        place = -1 - which % len(tray)
        body = tray[place]
        if how == "badly signed":
            assert self.world.deliver(body, secret="whsec_another") == 400
            return
        if how == "unsigned":
            assert self.world.deliver(body, signature=False) == 400
            return
        del tray[place]
        for _ in range({"once": 1, "twice": 2, "lost": 0}[how]):
            assert self.world.deliver(body) in (0, 200)

    @drives("capture_payment")
    @precondition(lambda self: self.manual and self.shop.orders)
    @rule(
        which=WHICH,
        cents=st.sampled_from([0, 500, 500, 10**6]),
        more=st.booleans(),
        who=st.sampled_from(["finance", "finance", "finance", "support"]),
    )
    def capture(self, which: int, cents: int, more: bool, who: str) -> None:
        """Finance takes all that is left, or a part with or without more to come: never more than was set aside."""
        order = self.pick(self.shop.orders, which)
        aside, before = self.world.stripe.aside(order.id), self.received(order)
        body: dict[str, Any] = {"amount": {"amount": cents, "currency": "EUR"}} if cents else {}
        body |= {"final_capture": False} if more else {}
        taken = cents or aside
        path, key = f"/payments/{order.id}/captures", {"idempotency_key": fresh_key()}
        answer = self.ask(who, "POST", path, body, 201, 202, 403, 404, 409, 422, 503, **key)
        if who == "support":
            assert answer.status_code == 403, answer.content
            return
        if answer.status_code == 201:
            assert answer.json()["amount"]["amount"] == taken <= aside, f"{taken} captured of {aside}: {answer.content}"
            kept = aside - taken if more else 0
            assert answer.json()["final_capture"] == (not kept), answer.content
            (order.partly if kept else order.captures).add(before + taken)
            now = self.received(order), self.world.stripe.aside(order.id)
            assert now == (before + taken, kept), f"{now} are taken and left, not {(before + taken, kept)}"
        elif answer.status_code in {202, 503}:
            assert self.troubled, answer.content
            order.unsure = True  # it may have been claimed, and is taken later then
            (order.partly if more else order.captures).add(before + (taken or order.total))
        else:
            waits = order.known == "confirmed" and not order.given_up and not order.captures and not order.unsure
            assert not waits or not aside or cents > aside, answer.content
            assert self.received(order) == before, "captured and refused"

    @drives("void_payment")
    @precondition(lambda self: self.manual and self.shop.orders)
    @rule(which=WHICH, who=st.sampled_from(["finance", "finance", "support"]))
    def let_go_of_the_rest(self, which: int, who: str) -> None:
        """Finance keeps the parts that it took; where it took none, the order counted on all of it and is for staff.

        What a parcel left on is never let go, nor what one may be leaving on whose sender died.
        """
        order = self.pick(self.shop.orders, which)
        aside, before = self.world.stripe.aside(order.id), self.received(order)
        path, key = f"/payments/{order.id}/voids", {"idempotency_key": fresh_key()}
        answer = self.ask(who, "POST", path, {"note": "No more of it."}, 201, 202, 403, 404, 409, 503, **key)
        if who == "support":
            assert answer.status_code == 403, answer.content
            return
        if answer.status_code == 201:
            ended = "succeeded" if before else "canceled"
            assert (answer.json()["amount"]["amount"], answer.json()["status"]) == (aside, ended)
            assert aside, "let go of nothing"
            assert not order.parcels, "let go of what a parcel left on"
            order.strange = order.strange or not before
            order.captures.add(before)
            assert (self.received(order), self.world.stripe.aside(order.id)) == (before, 0)
        elif answer.status_code in {202, 503}:
            assert self.troubled, answer.content
            assert not order.parcels, "what a parcel left on is being let go"
            order.unsure = order.letting_go = True
            order.strange = order.strange or not before
            order.captures.add(before)
        else:
            waits = aside and order.known == "confirmed" and not order.given_up and not order.unsure
            REACHED[RARE[3]] += bool(aside and order.parcels)
            leaving = answer.status_code == 409 and answer.json().get("params", {}).get("reason") == "parcel_leaving"
            assert not waits or (leaving and self.world.deaths), answer.content
            assert self.received(order) == before, "captured by a void"

    @precondition(lambda self: self.manual and self.shop.orders)
    @rule(which=WHICH, what=st.sampled_from(["all", "one"]))
    def let_go_behind_a_parcel(self, which: int, what: str) -> None:
        """Before the worker has taken its money."""
        self.pay_and_be_heard(which)
        self.ship(which, what, "fulfilment")
        self.let_go_of_the_rest(which, "finance")

    # --- staff -------------------------------------------------------------------------------------------------------

    @drives("ship_parcel", "get_order")
    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, what=st.sampled_from(["all", "one", "too many"]), who=st.sampled_from(["fulfilment", "support"]))
    def ship(self, which: int, what: str, who: str) -> None:
        order = self.pick(self.shop.orders, which)
        sku = min(order.lines)
        count = {"all": 0, "one": 1, "too many": order.left[sku] + 1}[what]
        body: dict[str, Any] = {"carrier": "DHL", "tracking_number": "1"}
        if count:
            body["lines"] = [{"sku": sku, "quantity": count}]
        path, key = f"/orders/{order.number}/parcels", {"idempotency_key": fresh_key()}
        answer = self.ask(who, "POST", path, body, 201, 409, 403, **key)
        if who == "support":
            assert answer.status_code == 403
            return
        self.remember(who, path, body, key, answer)
        let_go = order.letting_go and self.world.stripe.aside(order.id) > 0
        REACHED[RARE[2]] += let_go
        if answer.status_code == 201:
            covered = self.received(order) + self.world.stripe.aside(order.id)
            paid = order.content or covered in {order.total, *order.captures}
            assert paid, "something was shipped that nobody paid"
            assert not order.strange, "something was shipped whose money does not fit"
            assert not let_go, "something was shipped whose money is being let go"
            assert not order.given_up & {"cancelled", "refunding"}, "something was shipped that was given up"
            packed = {one["sku"]: one["quantity"] for one in answer.json()["lines"]}
            assert packed == ({sku: count} if count else dict(order.left))
            assert what != "too many"
            order.parcels[answer.json()["id"]] = packed
            order.chosen[f"left {answer.json()['id']}"] = self.shop.chosen[order.owner]
            order.known = order.shipped_state()
        else:
            counts = not order.given_up and not order.strange and not order.letting_go
            waits = counts and order.known in {"confirmed", "partly_shipped"}
            assert not waits or what == "too many" or not order.left[sku], answer.content

    @drives("deliver_parcel")
    @precondition(lambda self: any(order.parcels for order in self.shop.orders))
    @rule(which=WHICH)
    def arrive(self, which: int) -> None:
        order = self.pick([one for one in self.shop.orders if one.parcels], which)
        parcel = self.pick(sorted(order.parcels), which)
        path, key = f"/orders/{order.number}/parcels/{parcel}/deliver", {"idempotency_key": fresh_key()}
        answer = self.ask("fulfilment", "POST", path, {}, 200, **key)
        assert answer.json()["state"] == "delivered"
        if parcel not in order.delivered:
            order.chosen[f"arrived {parcel}"] = self.shop.chosen[order.owner]
        order.delivered.add(parcel)
        order.known = order.shipped_state()

    @drives("label_parcel", "get_parcel")
    @precondition(lambda self: any(order.parcels for order in self.shop.orders))
    @rule(which=WHICH, number=st.sampled_from(["1", "2"]), who=st.sampled_from(["fulfilment", "support"]))
    def relabel(self, which: int, number: str, who: str) -> None:
        order = self.pick([one for one in self.shop.orders if one.parcels], which)
        parcel = self.pick(sorted(order.parcels), which)
        path = f"/orders/{order.number}/parcels/{parcel}"
        answer = self.ask(who, "PATCH", path, {"tracking_number": number}, 200, 403)
        if who == "support":
            assert answer.status_code == 403
            return
        if number != order.labels.get(parcel, "1") and parcel not in order.delivered:
            order.relabelled += 1
        order.labels[parcel] = number
        assert self.ask(f"order:{order.id}", "GET", path, None, 200).json()["tracking_number"] == number

    @drives("record_stock_movement", "get_stock", "list_stock", "list_stock_movements")
    @rule(sku=SKUS, count=FEW, kind=st.sampled_from(["receive", "adjust", "support"]))
    def move_stock(self, sku: str, count: int, kind: str) -> None:
        who = "support" if kind == "support" else "merchandiser"
        by = count if kind == "receive" else -count
        body = {"kind": kind if kind != "support" else "receive", "location": "main", "quantity": by, "reason": "count"}
        path, headers = f"/stock/{sku}/movements", {"idempotency_key": fresh_key(), "if_match": "*"}
        answer = self.ask(who, "POST", path, body, 201, 409, 403, **headers)
        if who == "support":
            assert answer.status_code == 403
            return
        if answer.status_code == 201:
            assert kind == "receive" or count <= self.shop.left_at_most(sku, clock.now()), "more taken than was there"
            self.shop.received[sku] += by
        else:
            assert kind == "adjust", answer.content
            assert count > self.shop.left_at_least(sku), answer.content
        shown = self.ask(who, "GET", f"/stock/{sku}", None, 200).json()
        least, most = self.shop.left_at_least(sku), self.shop.left_at_most(sku, clock.now())
        assert least <= shown["available"] <= most, f"{shown['available']} of {sku}, the model says {least} to {most}"
        assert sum(shown[name] for name in ("available", "held", "sold")) == self.shop.received[sku]
        self.ask(who, "GET", f"/stock/{sku}/movements", None, 200)
        self.ask(who, "GET", "/stock", None, 200)

    @drives("prices_retrieve", "prices_replace", "products_publish", "products_unpublish", "products_retrieve")
    @rule(
        sku=SKUS,
        price=st.sampled_from([900, 1200, 2500]),
        what=st.sampled_from(["price", "price", "hide", "show", "show"]),
    )
    def merchandise(self, sku: str, price: int, what: str) -> None:
        slug, who = SLUG[sku], "merchandiser"
        if what == "price":
            path = f"/products/{slug}/variants/{sku}/prices"
            tag = self.ask(who, "GET", path, None, 200).headers["ETag"]
            body = {"standing": [{"amount": price, "currency": "EUR"}], "sales": []}
            self.ask(who, "PUT", path, body, 428)
            self.ask(who, "PUT", path, body, 412, if_match='"r999999"')
            self.ask("fulfilment", "PUT", path, body, 403, if_match=tag)
            self.ask(who, "PUT", path, body, 200, if_match=tag)
            self.shop.prices[sku] = price
        else:
            verb = {"hide": "unpublish", "show": "publish"}[what]
            self.ask(who, "POST", f"/products/{slug}/{verb}", {}, 200, idempotency_key=fresh_key())
            for one in (one for one, its in SLUG.items() if its == slug):
                self.shop.published[one] = what == "show"
        self.ask("", "GET", f"/products/{slug}", None, 200 if self.shop.published[sku] else 404)

    # --- machines ----------------------------------------------------------------------------------------------------

    @rule()
    def work(self) -> None:
        """The worker does all that it was woken for."""
        self.world.run_woken()

    @rule(job=st.sampled_from(RUNNABLE))
    def tick(self, job: str) -> None:
        """One job alone, whatever was woken: news may come in any order."""
        self.world.run(job)

    @precondition(lambda self: self.shop.orders)
    @rule(points=st.integers(0, 7), which=WHICH, doing=st.sampled_from(["pay", "ship", "work", "anything"]))
    def somebody_dies(self, points: int, which: int, doing: str) -> None:
        """At that point of this work; or of whatever comes to so many points."""
        self.world.die_after(points)
        if doing == "pay":
            self.pay_and_be_heard(which)
        elif doing == "ship":
            self.ship(which, "one", "fulfilment")
        elif doing == "work":
            self.world.run_woken()

    @rule(kind=st.sampled_from(["drop", "error", "rate_limit"]), when=st.sampled_from(["before", "after"]))
    def stripe_is_ill(self, kind: str, when: str) -> None:
        self.troubled = True
        self.world.stripe.trouble(kind, "before" if kind == "rate_limit" else when, 500)

    @rule(seconds=st.sampled_from([1, 1, 1, 5, 5, 60, 60, 1801, 7201, A_DAY]))
    def wait(self, seconds: int) -> None:
        self.world.note(f"{seconds} s pass")
        self.world.pass_time(timedelta(seconds=seconds))
        if seconds == A_DAY:
            self.sent.clear()  # so long are keys kept
        for order in self.shop.orders:
            if order.over(clock.now()) and order.known not in STANDING:
                self.may_come_back(order)
