"""Finance: what came by bank and what goes back there, and the orders whose money does not fit."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .buying import WHICH
from .driver import drives
from .keeping import Keeping
from .shop import Order
from .world import STARTED, fresh_key

FINANCE = st.sampled_from(["finance", "finance", "finance", "support"])
DAY = f"{STARTED:%Y-%m-%d}"


class Finance(Keeping):
    """Who reads the bank statement, and decides where nobody else can."""

    @drives("record_bank_receipt")
    @precondition(lambda self: any(order.by_bank for order in self.shop.orders))
    @rule(
        which=WHICH,
        more=st.sampled_from([0, 0, 0, -1, 100]),
        confirmed=st.booleans(),
        same_line=st.booleans(),
        who=FINANCE,
    )
    def money_comes_by_bank(self, which: int, more: int, confirmed: bool, same_line: bool, who: str) -> None:
        """All of it pays; less or more only when it is no slip; what comes a second time goes back."""
        order = self.pick([one for one in self.shop.orders if one.by_bank], which)
        line = order.statement[-1] if same_line and order.statement else (order.total + more, fresh_key())
        body = {
            "amount": {"amount": line[0], "currency": "EUR"},
            "received_on": DAY,
            "reference": line[1],
            "confirm_difference": confirmed,
        }
        path, key = f"/payments/{order.id}/receipts", {"idempotency_key": fresh_key()}
        answer = self.ask(who, "POST", path, body, 201, 403, 404, 409, 422, **key)
        if who == "support":
            assert answer.status_code == 403, answer.content
        elif answer.status_code == 201:
            slip = line in order.statement or ((order.came or line[0] != order.total) and not confirmed)
            assert not slip, f"{line} was taken for {order.number}, which has {order.statement} of {order.total}"
            over = order.given_up & {"cancelled", "refunding"}  # money may be faster than a cancellation under way
            order.strange = order.strange or (not order.came and line[0] != order.total and not over)
            order.came = order.came or line[0]
            order.statement.append(line)
        else:
            self.not_taken(order, line, answer.json()["code"], confirmed=confirmed)

    @staticmethod
    def not_taken(order: Order, line: tuple[int, str], code: str, *, confirmed: bool) -> None:
        """Only slips are refused, and what nobody was asked to pay."""
        if code == "payments.already_paid":
            assert order.came, "paid already, and nothing came"
            assert line in order.statement or not confirmed
        elif code == "payments.amount_differs":
            assert not order.came, "it is paid, whatever else comes"
            assert line[0] != order.total
            assert not confirmed
        else:
            assert code in {"payments.not_found", "payments.not_by_bank"}, code
            assert order.given_up or order.known != "awaiting_payment", f"{order.number} cannot be paid: {code}"

    @drives("list_payment_refunds", "mark_refund_sent")
    @precondition(lambda self: any(order.came for order in self.shop.orders))
    @rule(which=WHICH, who=FINANCE)
    def send_by_bank(self, which: int, who: str) -> None:
        """What waits for finance is sent once; a second clerk learns that it was."""
        query = "/payments/refunds?method=bank_transfer&status=pending&limit=100"
        waiting = self.ask("finance", "GET", query, None, 200).json()["data"]
        done = {refund for order in self.shop.orders for refund in order.sent}
        assert not done & {one["refund_id"] for one in waiting}, "sent, and still to be sent"
        if not waiting:
            return
        one = self.pick(waiting, which)
        path, body = f"/payments/refunds/{one['refund_id']}/sent", {"sent_on": DAY, "reference": fresh_key()}
        answer = self.ask(who, "POST", path, body, 403 if who == "support" else 200, idempotency_key=fresh_key())
        if who == "support":
            return
        assert answer.json()["status"] == "succeeded"
        [order] = [order for order in self.shop.orders if order.id == one["order_id"]]
        order.sent.add(one["refund_id"])
        again = self.ask(who, "POST", path, body, 409, idempotency_key=fresh_key())
        assert again.json()["code"] == "payments.refund_already_sent"

    @drives("settle_review")
    @precondition(lambda self: self.shop.orders)
    @rule(
        which=WHICH,
        decision=st.sampled_from(["accept", "refund", "refunded_by_hand", "anything"]),
        who=st.sampled_from(["finance", "finance", "fulfilment"]),
    )
    def settle(self, which: int, decision: str, who: str) -> None:
        """An order in review is led out of it once; of any other nothing is decided."""
        order = self.pick(self.shop.orders, which)
        path, body = f"/orders/{order.number}/review", {"decision": decision, "reason": "looked at"}
        wanted = {403} if who == "fulfilment" else {422} if decision == "anything" else {200, 409}
        kept = self.received(order) - sum(order.parts.values())
        answer = self.ask(who, "POST", path, body, *wanted, idempotency_key=fresh_key())
        if answer.status_code == 200:
            assert order.strange, f"{order.number} was in review, and nothing of it is strange"
            order.strange = False
            self.settled(order, decision, answer.json()["status"], kept)
        elif answer.status_code == 409:
            assert answer.json()["code"] == "orders.illegal_move", answer.content
            to_go_back = decision == "accept" and (order.given_up or order.parts)
            assert to_go_back or order.known != "review" or not order.strange, answer.content
            self.see(order, answer.json()["params"]["status"])

    def settled(self, order: Order, decision: str, status: str, kept: int) -> None:
        """What became of it by what was decided."""
        if decision == "accept":
            to_go_back = order.given_up & {"cancelled", "refunding"} or (order.parts and not order.parcels)
            assert not to_go_back, "content with money that was to go back"
            order.content, order.known = True, status
            return
        order.by_hand = kept if decision == "refunded_by_hand" else 0
        self.give_up(order, status)

    @precondition(lambda self: self.shop.orders)
    @rule(
        which=WHICH,
        decision=st.sampled_from(["accept", "refund", "refunded_by_hand"]),
        hasty=st.booleans(),
        silent=st.booleans(),
        begun=st.booleans(),
    )
    def what_does_not_fit(self, which: int, decision: str, hasty: bool, silent: bool, begun: bool) -> None:
        """As it goes on a bad day: too little came, or all was let go, which Stripe may not have answered yet.

        Or a part was captured, and a parcel has left. A hasty packer ships nothing more of it.
        """
        order = self.pick(self.shop.orders, which)
        if order.by_bank:
            those = [one for one in self.shop.orders if one.by_bank]
            self.money_comes_by_bank(len(those) - 1 - those.index(order), -1, True, False, "finance")
        elif self.manual:
            self.pay_and_be_heard(which)
            if begun:
                self.capture(which, 500, True, "finance")
                self.ship(which, "one", "fulfilment")
            if silent:
                self.stripe_is_ill("drop", "before")
            self.let_go_of_the_rest(which, "finance")
        if hasty:
            self.ship(which, "all", "fulfilment")
        self.work()
        if begun:
            self.ship(which, "all", "fulfilment")
        self.settle(which, decision, "finance")
        self.work()

    def settle_all(self) -> None:
        """At the end of a sequence nothing stays in review: each in its own way."""
        for place, order in enumerate(reversed(self.shop.orders)):
            shown: dict[str, Any] = self.ask("finance", "GET", f"/orders/{order.number}", None, 200).json()
            self.see(order, shown["status"])
            if shown["status"] == "review":
                way = ("accept", "refund", "refunded_by_hand")[place % 3]
                self.settle(place, "refund" if way == "accept" and (order.given_up or order.parts) else way, "finance")
