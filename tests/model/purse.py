"""The cards that customers keep at Stripe, and finance that errs: what is refused changes nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from .buying import WHICH, Buying
from .driver import drives
from .shop import Order
from .world import CUSTOMERS, STARTED, fresh_key

METHODS = "/me/payment-methods"
KEPT = {
    "pm_card_visa": True,
    "pm_card_visa_chargeDeclined": False,
    "pm_card_authenticationRequiredOnSetup": True,
}
"""Card -> whether a bank that agrees lets it be kept."""
PATIENCE = 12
"""How often a request is repeated that a Stripe in trouble did not answer."""


class Purse(Buying):
    """Who saves a card sees exactly it, until they forget it; nobody else does."""

    @drives("create_setup_intent", "list_saved_methods")
    @rule(who=st.sampled_from(CUSTOMERS), card=st.sampled_from(sorted(KEPT)), agrees=st.booleans())
    def save_a_card(self, who: str, card: str, agrees: bool) -> None:
        """Kept if the bank lets it be kept, and never before it said so."""
        self.ask("", "POST", f"{METHODS}/setup-intents", {}, 401, idempotency_key=fresh_key())
        before = set(self.world.stripe.setups())
        key = {"idempotency_key": fresh_key()}
        opened = self.patiently(who, "POST", f"{METHODS}/setup-intents", 201, **key).json()
        made = set(self.world.stripe.setups()) - before
        assert opened["id"] in made
        assert len(made) == 1 or self.troubled, f"asked again under its key, and {len(made)} were made"
        assert opened["status"] == "requires_payment_method", opened
        intent = self.world.stripe.setups()[opened["id"]]
        assert opened["client_secret"] == intent["client_secret"]
        assert self.shop.customers.setdefault(who, intent["customer"]) == intent["customer"], f"{who} is two customers"
        self.see_cards(who)
        self.world.stripe.do(opened["id"], "pay", payment_method=card)
        if self.world.stripe.setups()[opened["id"]]["status"] == "requires_action":
            self.see_cards(who)
            self.world.stripe.do(opened["id"], "authenticate", result="succeed" if agrees else "fail")
        else:
            agrees = True
        self.world.stripe.collect()
        if KEPT[card] and agrees:
            self.shop.cards.setdefault(who, set()).add(self.world.stripe.setups()[opened["id"]]["payment_method"])
        self.see_cards(who)

    def see_cards(self, who: str) -> None:
        """Exactly those that were saved and not forgotten."""
        listed = self.patiently(who, "GET", METHODS, 200).json()["data"]
        assert sorted(one["id"] for one in listed) == sorted(self.shop.cards.get(who, set())), f"{who} sees {listed}"

    def patiently(self, who: str, method: str, path: str, *statuses: int, **headers: str) -> Any:
        """The first answer that is none of Stripe's trouble; until then the same is asked again, as a 503 says."""
        for _ in range(PATIENCE):
            answer = self.ask(who, method, path, None, *statuses, 503, **headers)
            if answer.status_code != 503:
                return answer
        raise AssertionError(f"{method} {path} is still 503 after {PATIENCE} times")

    @drives("delete_saved_method")
    @precondition(lambda self: any(self.shop.cards.values()))
    @rule(which=WHICH, thief=st.sampled_from(["", "eve", "another"]))
    def forget_a_card(self, which: int, thief: str) -> None:
        """Another's does not exist; one's own is gone at once and for good."""
        who = self.pick(sorted(one for one, cards in self.shop.cards.items() if cards), which)
        card = self.pick(sorted(self.shop.cards[who]), which)
        other = {"another": CUSTOMERS[who == CUSTOMERS[0]]}.get(thief, thief)
        refused = self.patiently(other, "DELETE", f"{METHODS}/{card}", 404 if other else 401).json()["code"]
        assert refused == ("payments.method_not_found" if other else "not_authenticated")
        self.see_cards(who)
        answer = self.ask(who, "DELETE", f"{METHODS}/{card}", None, 204, 503)
        if answer.status_code == 503:  # it may be gone, and the answer lost
            self.patiently(who, "DELETE", f"{METHODS}/{card}", 204, 404)
        self.shop.cards[who].discard(card)
        self.see_cards(who)
        again = self.patiently(who, "DELETE", f"{METHODS}/{card}", 404)
        assert again.json()["code"] == "payments.method_not_found"

    @precondition(lambda self: self.shop.orders and any(self.shop.cards.values()))
    @rule(which=WHICH, other=WHICH)
    def pay_with_a_saved_card(self, which: int, other: int) -> None:
        """It pays its customer's own orders that are open, and nobody else's."""
        order = self.pick(self.shop.orders, which)
        who = self.pick(sorted(one for one, cards in self.shop.cards.items() if cards), other)
        intent = self.world.stripe.intent(order.id)
        if intent is None:
            return
        owners = {order.owner} if order.owner or not self.shop.claimed else {"", "ada"}
        assert intent["customer"] in {None, *(self.shop.customers.get(one) for one in owners)}, "another's customer"
        opens = intent["status"] in {"requires_payment_method", "requires_confirmation", "requires_action"}
        wanted = opens and intent["customer"] == self.shop.customers[who]
        card = self.pick(sorted(self.shop.cards[who]), other)
        done = self.world.stripe.do(intent["id"], "pay", payment_method=card)
        self.world.stripe.collect()
        self.world.note(f"{who}: pays {order.number} with a saved card: {'done' if done else 'refused'}")
        assert done == wanted, f"{order.number}, {intent['status']}, of {intent['customer']}: paid {done}, not {wanted}"

    @drives("void_payment", "record_bank_receipt", "get_payment")
    @precondition(lambda self: self.shop.orders)
    @rule(which=WHICH, deed=st.sampled_from(["voids", "receipts"]), who=st.sampled_from(["finance", "support"]))
    def finance_errs(self, which: int, deed: str, who: str) -> None:
        """Nothing is set aside, or no transfer is waited for: refused in so many words, and nothing changes."""
        order = self.pick(self.shop.orders, which)
        if order.by_bank or (deed == "voids" and self.manual and self.was_paid(order)):
            return
        path = f"/payments/{order.id}"
        body = {
            "voids": {"note": "a slip"},
            "receipts": {
                "amount": {"amount": order.total, "currency": "EUR"},
                "received_on": f"{STARTED:%Y-%m-%d}",
                "reference": "1",
                "confirm_difference": True,
            },
        }[deed]
        opened = self.world.stripe.intent(order.id) is not None
        before = self.ask("finance", "GET", path, None, 200, *(() if opened else (404,)))
        wanted = 403 if who == "support" else 409 if before.status_code == 200 else 404
        answer = self.ask(who, "POST", f"{path}/{deed}", body, wanted, idempotency_key=fresh_key())
        if wanted == 409:
            self.told_why(order, deed, answer.json())
        elif wanted == 404:
            assert answer.json()["code"] == "payments.not_found"
        after = self.ask("finance", "GET", path, None, before.status_code)
        if wanted != 404:
            assert after.json() == before.json(), "refused, and something changed"

    def told_why(self, order: Order, deed: str, problem: dict[str, Any]) -> None:
        """By its code, and of a void by its reason."""
        if deed == "receipts":
            assert problem["code"] == "payments.not_by_bank", problem
            return
        lawful = {"not_authorized", "already_captured"} if self.received(order) else {"not_authorized"}
        assert problem["code"] == "payments.void_refused", problem
        assert problem["params"]["reason"] in lawful, problem
