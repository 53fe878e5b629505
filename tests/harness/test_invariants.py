"""Each invariant holds on a sound shop and is broken by the one fact that it forbids."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from tests.harness import invariants
from tests.harness.audit import Restless, wait_until_quiet

ONE, TWO = "order-1", "order-2"


def stock(**numbers):
    ledger = {f"ledger_{name}": number for name, number in numbers.items() if name != "received"}
    return {**numbers, **ledger}


SOUND: dict[str, Any] = {
    "stock": {"MUG": stock(available=7, held=1, sold=2, received=10)},
    "holds": {ONE: "sold", TWO: "released", "order-3": "held"},
    "carts": {"cart-1": {"status": "ordered", "order_id": ONE}, "cart-2": {"status": "open", "order_id": None}},
    "orders": {
        ONE: {"number": "SO-1", "status": "confirmed", "total": 1999, "currency": "EUR", "reason": ""},
        TWO: {"number": "SO-2", "status": "cancelled", "total": 500, "currency": "EUR", "reason": "customer"},
        "order-3": {"number": "SO-3", "status": "awaiting_payment", "total": 500, "currency": "EUR", "reason": ""},
    },
    "payments": {
        ONE: {"status": "succeeded", "intent": "pi_1", "amount": 1999, "received": 1999, "refunded": 0, "booked": 1999},
        TWO: {"status": "succeeded", "intent": "pi_2", "amount": 500, "received": 500, "refunded": 500, "booked": 0},
    },
    "books": {"EUR": 0},
    "refunds": [{"refund_id": "r", "order_id": TWO, "amount": 500, "reason": "customer", "status": "succeeded"}],
    "messages": [
        {"order_id": ONE, "kind": "order_confirmed", "channel": "mail", "recipient": "a@example.com", "status": "sent"},
        {"order_id": TWO, "kind": "order_cancelled", "channel": "mail", "recipient": "b@example.com", "status": "sent"},
    ],
    "pending": {"orders.outbox": 0, "orders.outbox_dead": 0},
    "intents": {ONE: ["pi_1"], TWO: ["pi_2"]},
    "provider": {ONE: {"received": 1999, "refunded": 0}, TWO: {"received": 500, "refunded": 500}},
}  # fmt: skip


def test_a_sound_shop_breaks_nothing():
    assert invariants.broken(SOUND) == []


@pytest.mark.parametrize(("status", "sound"), [("confirmed", True), ("partly_shipped", False), ("shipped", False)])
def test_money_that_is_only_set_aside_is_enough_until_something_is_shipped(status, sound):
    facts = copy.deepcopy(SOUND)
    facts["orders"][ONE]["status"] = status
    facts["payments"][ONE] |= {"status": "authorized", "authorized": 1999, "received": 0, "booked": 0}
    facts["provider"][ONE] = {"received": 0, "refunded": 0}
    assert [one.partition(":")[0] for one in invariants.broken(facts)] == (
        [] if sound else ["money_is_kept_iff_the_order_stands"]
    )


@pytest.mark.parametrize(
    ("payment", "aside", "broken"),
    [
        ({}, 0, set()),
        ({"status": "authorized", "received": 0, "booked": 0, "in_part": 0}, 1999, set()),
        ({}, 999, {"what_is_set_aside_is_captured_once_or_let_go"}),
        (
            {"status": "authorized", "received": 0, "booked": 0, "in_part": 0},
            0,
            {"what_is_set_aside_is_captured_once_or_let_go"},
        ),
        ({"authorized": 900}, 0, {"what_is_set_aside_is_captured_once_or_let_go"}),
        ({"in_part": 0}, 0, {"money_is_kept_iff_the_order_stands"}),
        ({"in_part": 1200}, 0, {"money_is_kept_iff_the_order_stands"}),
    ],
)
def test_a_part_that_finance_captured_is_all_that_is_kept_and_the_rest_is_let_go(payment, aside, broken):
    facts = copy.deepcopy(SOUND)
    part = {"authorized": 1999, "received": 1000, "booked": 1000, "in_part": 1000}
    facts["payments"][ONE] |= part | payment
    facts["provider"][ONE] = {"received": facts["payments"][ONE]["received"], "refunded": 0}
    facts["aside"] = {ONE: aside, TWO: 0}
    assert {sentence.partition(":")[0] for sentence in invariants.broken(facts)} == broken


def test_more_sent_back_than_was_captured_is_found():
    facts = copy.deepcopy(SOUND)
    facts["payments"][ONE] |= {"authorized": 1999, "received": 1000, "booked": 1000, "in_part": 1000, "refunded": 1100}
    told = [one for one in invariants.broken(facts) if one.startswith("what_is_set_aside")]
    assert told == ["what_is_set_aside_is_captured_once_or_let_go: order order-1: 1100 was sent back of 1000 that came"]


@pytest.mark.parametrize(
    ("captures", "found"),
    [
        ([(1000, 1000, True), (999, 999, True)], []),
        ([(1000, 1000, True), (999, 999, True), (500, 0, False)], []),  # outrun by a void
        ([(500, 1000, True), (999, 999, True)], ["a capture of 500 took 1000"]),
        ([(1000, 1000, True)], ["its captures took 1000, but 1999 came"]),
        ([(1000, 1000, True), (999, 999, False)], ["a capture of 999 took 999"]),
    ],
)
def test_a_capture_that_took_twice_is_found(captures, found):
    facts = copy.deepcopy(SOUND)
    facts["captures"] = [dict(zip(("asked", "taken", "done"), one, strict=True), order_id=ONE) for one in captures]
    each = "each_capture_took_once_what_it_was_for: order order-1: "
    assert invariants.broken(facts) == [each + sentence for sentence in found]


def test_what_an_order_that_was_cancelled_leaves_set_aside_is_found():
    facts = copy.deepcopy(SOUND)
    facts["payments"][TWO] |= {"status": "canceled", "authorized": 500, "received": 0, "refunded": 0}
    facts["provider"][TWO], facts["refunds"] = {"received": 0, "refunded": 0}, []
    facts["aside"] = {TWO: 0}
    assert invariants.broken(facts) == []
    facts["aside"] = {TWO: 500}
    assert len(invariants.broken(facts)) == 1


@pytest.mark.parametrize(
    ("path", "value", "broken"),
    [
        (("stock", "MUG"), stock(available=8, held=1, sold=2, received=10), {"stock_adds_up"}),
        (("stock", "MUG"), stock(available=-1, held=9, sold=2, received=10), {"stock_adds_up"}),
        (("stock", "MUG", "ledger_sold"), 3, {"stock_adds_up"}),
        (("holds", TWO), "held", {"nothing_is_held_for_final_orders"}),
        (("orders", "order-3", "status"), "cancelled", {"nothing_is_held_for_final_orders"}),
        (("holds", ONE), "released", {"sold_is_confirmed"}),
        (("holds", TWO), "sold", {"sold_is_confirmed"}),
        (("intents", ONE), ["pi_1", "pi_9"], {"one_intent_per_order"}),
        (("payments", TWO, "intent"), "pi_1", {"one_intent_per_order"}),
        (("orders", ONE, "total"), 2000, {"money_is_kept_iff_the_order_stands"}),
        (("payments", TWO, "refunded"), 0, {"money_is_kept_iff_the_order_stands", "money_is_the_same_at_the_provider"}),
        (("payments", TWO, "status"), "open", {"money_is_kept_iff_the_order_stands"}),
        (("books", "EUR"), 1, {"the_books_explain_the_money"}),
        (("payments", ONE, "booked"), 0, {"the_books_explain_the_money"}),
        (("provider", ONE, "received"), 3998, {"money_is_the_same_at_the_provider"}),
        (("provider", "order-9"), {"received": 5, "refunded": 0}, {"money_is_the_same_at_the_provider"}),
        (("refunds",), SOUND["refunds"] * 2, {"one_refund_per_reason", "the_books_explain_the_money"}),
        (("messages",), [*SOUND["messages"], SOUND["messages"][0]], {"one_message_of_each_kind"}),
        (("messages",), SOUND["messages"][1:], {"one_message_of_each_kind"}),
        (("carts", "cart-2", "order_id"), ONE, {"carts_follow_their_orders"}),
        (("carts", "cart-2"), {"status": "ordered", "order_id": TWO}, {"carts_follow_their_orders"}),
        (("pending", "orders.outbox"), 1, {"nothing_waits_and_nothing_is_dead"}),
        (("pending", "orders.outbox_dead"), 1, {"nothing_waits_and_nothing_is_dead"}),
    ],
)
def test_an_unsound_shop_is_found(path, value, broken):
    facts = copy.deepcopy(SOUND)
    place: Any = facts
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    assert {sentence.partition(":")[0] for sentence in invariants.broken(facts)} == broken


def test_nobody_need_be_told_of_an_order_that_was_taken_over():
    facts = copy.deepcopy(SOUND)
    facts["messages"] = SOUND["messages"][1:]
    facts["payments"][ONE]["provider"] = "imported"
    assert invariants.broken(facts) == []


class Looks:
    """An auditor that saw these things, one after the other; the last one again and again."""

    def __init__(self, *seen):
        self.seen = list(seen)
        self.count = 0

    def waiting(self):
        self.count += 1
        return self.seen.pop(0) if len(self.seen) > 1 else self.seen[0]


def test_quiet_is_two_empty_looks_in_a_row():
    auditor = Looks({"a": 1}, {}, {"b": 1}, {})
    wait_until_quiet(auditor, {}, 5)
    assert auditor.count == 5


def test_what_never_ends_is_named():
    with pytest.raises(Restless, match=r"\{'orders.due': 2, 'webhooks': 1\}"):
        wait_until_quiet(Looks({"orders.due": 2}), {"webhooks": lambda: 1}, 0.05)
