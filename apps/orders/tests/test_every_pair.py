"""Every pair of a situation and of what can happen in it: moved, noted, ignored or refused exactly as designed.

The table is the saga's, both ways: what a step does when all is well, when it is refused, when nobody answers; which
news and which people move an order from where; and that everything else leaves each stored row as it was.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from apps.orders.contracts import OrderStatus
from apps.orders.models import OrderEvent
from apps.orders.rules import MOVES
from apps.orders.services import advance_order as advancing
from apps.orders.services.steps import STEPS
from apps.orders.tests import saga
from apps.orders.tests.saga import MOVERS, NEWS, SITUATIONS, Case, Happening, put, reach_all, stored
from shop.errors import DomainError
from shop.events.declare import CONSUMERS
from shop.testing.flush import flush

IGNORED, LATER = "ignored", "tried again later"
REFUSED = "refused: orders.illegal_move"
CANCELLED = "cancelled: customer + order_cancelled"
CONFIRMED = "confirmed: + order_confirmed"
SHIPPED = "shipped: parcel_shipped + parcel_shipped"
PARTLY = "partly_shipped: parcel_shipped + parcel_shipped"

OPEN = ("pending", "reserved", "awaiting_payment", "cancelling")
"""Money is news."""
GRANTED = ("paid", "paid, set aside", "confirmed", "confirmed, set aside")
SENT = ("partly_shipped", "partly_shipped, two left", "shipped", "shipped, refunded in part", "delivered")
OUT = ("cancelling", "refunding", "refunding, set aside", "cancelled", "cancelled, refunded")
Row = tuple[str, str, dict[str, str]]
"""Who does it, what comes of it in most situations, and in the others."""


def all_of(names: tuple[str, ...], outcome: str) -> dict[str, str]:
    return dict.fromkeys(names, outcome)


WELL = {
    "pending": "reserved:", "reserved": "awaiting_payment:", "cancelling": CANCELLED,
    "paid": CONFIRMED, "paid, set aside": CONFIRMED, "refunding": CANCELLED, "refunding, set aside": CANCELLED,
}  # fmt: skip
NOT_NOW = all_of(tuple(WELL), LATER)
FROM_REVIEW = ("review", "review, refund refused", "review, lapsed")

TABLE: dict[Happening, Row] = {
    # The steps, as the worker does them: rows 0b to 2, 6, and C1 to C3 of the design.
    saga.step: ("system", IGNORED, WELL),
    saga.step_unanswered: ("system", IGNORED, NOT_NOW),
    saga.step_bug: ("system", IGNORED, NOT_NOW),
    saga.step_late: (
        "system", IGNORED, {**WELL, "reserved": "cancelling: unpaid", "awaiting_payment": "cancelling: unpaid"},
    ),
    saga.step_cart_changed: ("system", IGNORED, {**WELL, "pending": "cancelling: cart_changed"}),
    saga.step_refused: ("system", IGNORED, {
        "pending": "cancelling: out_of_stock", "reserved": "cancelling: payment_refused", "cancelling": LATER,
        "paid": "refunding: stock_lost", "paid, set aside": "refunding: stock_lost",
        "refunding": "review: refund_refused", "refunding, set aside": LATER,
    }),
    saga.step_overtaken: ("system", IGNORED, {
        **WELL, "reserved": "paid: payment_succeeded", "cancelling": "paid: payment_succeeded",
        "refunding, set aside": f"refunding: customer, {CANCELLED}",
    }),
    saga.step_overtaken_otherwise: ("system", IGNORED, {
        **WELL, "reserved": "review: amount_differs", "cancelling": "review: amount_differs",
        "refunding, set aside": f"refunding: customer, {CANCELLED}",
    }),
    saga.step_set_aside: ("system", IGNORED, {
        **WELL, "reserved": "paid: payment_authorized", "cancelling": "paid: payment_authorized",
    }),
    # What payments tells: row 5, late money, declined cards, disputes, refunds.
    saga.paid: ("payments", IGNORED, {
        **all_of(OPEN, "paid: payment_succeeded"), "cancelled": "refunding: late_payment",
    }),
    saga.paid_otherwise: ("payments", IGNORED, {
        **all_of(OPEN, "review: amount_differs"), "cancelled": "refunding: late_payment",
    }),
    saga.set_aside: ("payments", IGNORED, {
        **all_of(OPEN, "paid: payment_authorized"), "cancelled": "refunding: late_payment",
    }),
    saga.set_aside_otherwise: ("payments", IGNORED, {
        **all_of(OPEN, "review: amount_differs"), "cancelled": "refunding: late_payment",
    }),
    saga.captured: ("payments", IGNORED, {
        **all_of(OPEN, "paid: payment_succeeded"), "cancelled": "refunding: late_payment",
        **all_of(("paid, set aside", "confirmed, set aside", "refunding, set aside"), "noted: payment_captured"),
    }),
    saga.captured_in_part: ("payments", IGNORED, all_of(
        ("paid, set aside", "confirmed, set aside", "refunding, set aside"), "noted: payment_partly_captured",
    )),
    saga.lapsed: ("payments", "noted: authorization_expired", all_of(GRANTED, "review: authorization_expired")),
    saga.voided: ("payments", "noted: payment_voided", all_of(GRANTED, "review: payment_voided")),
    saga.declined: ("payments", "noted: payment_failed", {
        **all_of(OPEN[:3], "noted: payment_failed + order_payment_failed"),
    }),
    saga.disputed: ("payments", "noted: payment_disputed", {}),
    saga.refund_went: ("payments", IGNORED, all_of(
        ("shipped, refunded in part", "refunding", "cancelled, refunded"), "noted: refund_succeeded + order_refunded",
    )),
    saga.refund_failed: ("payments", IGNORED, {
        "shipped, refunded in part": "noted: refund_failed",
        "refunding": "review: refund_failed", "cancelled, refunded": "review: refund_failed",
    }),
    # What people do: C1 and C3, row 8, and the exits of review.
    saga.cancelled_by_buyer: ("buyer", REFUSED, {
        **all_of(OPEN[:3], "cancelling: customer"), **all_of(OUT, IGNORED),
        **all_of((*GRANTED, "review", "review, lapsed"), "refunding: customer"), "review, refund refused": IGNORED,
    }),
    saga.cancelled_by_staff: ("staff:1", REFUSED, {
        **all_of(OPEN[:3], "cancelling: staff"), **all_of(OUT, IGNORED),
        **all_of((*GRANTED, *FROM_REVIEW), "refunding: staff"),
    }),
    saga.accepted: ("staff:1", REFUSED, {
        "review": "paid: accepted_as_paid", "review, lapsed": "paid: accepted_as_paid",
    }),
    saga.sent_back: ("staff:1", REFUSED, all_of(FROM_REVIEW, "refunding: staff")),
    saga.sent_back_by_hand: ("staff:1", REFUSED, all_of(FROM_REVIEW, "refunding: refunded_by_hand")),
    saga.sent: ("staff:1", REFUSED, {
        "confirmed": SHIPPED, "confirmed, set aside": SHIPPED, "partly_shipped": SHIPPED,
        "partly_shipped, two left": SHIPPED,
    }),
    saga.sent_in_part: ("staff:1", REFUSED, {
        "confirmed": PARTLY, "confirmed, set aside": PARTLY, "partly_shipped": SHIPPED,
        "partly_shipped, two left": PARTLY,
    }),
    saga.delivered: ("staff:1", "refused: orders.parcel_not_found", {
        "partly_shipped": "noted: parcel_delivered + parcel_delivered",
        "partly_shipped, two left": "noted: parcel_delivered + parcel_delivered",
        "shipped": "delivered: parcel_delivered + parcel_delivered",
        "shipped, refunded in part": "delivered: parcel_delivered + parcel_delivered",
        "delivered": IGNORED,
    }),
    saga.refunded_in_part: ("staff:1", REFUSED, {
        **all_of(("confirmed", *SENT), "noted: refund_asked"),
        "confirmed, set aside": "refused: orders.refund_too_much",  # nothing came yet
    }),
    saga.return_asked: ("buyer", REFUSED, all_of(SENT, "noted: return_requested")),
}  # fmt: skip


@pytest.mark.parametrize("happening", TABLE, ids=lambda happening: happening.__name__)
def test_each_situation_is_left_as_the_table_says(world, told, monkeypatch, settings, happening):
    reach_all()
    settings.PLACE_ORDER_BUDGET_SECONDS = 0  # one move, and no step after it
    actor, mostly, otherwise = TABLE[happening]
    wanted = {name: otherwise.get(name, mostly) for name in SITUATIONS}
    if connections["orders"].vendor == "mongodb":  # what writes nothing is the same there
        wanted = {name: outcome for name, outcome in wanted.items() if outcome not in {IGNORED, REFUSED}}
    found = {}

    for name in wanted:
        state, _ = SITUATIONS[name]
        case = put(name, world)
        monkeypatch.setattr(advancing, "STEPS", {one: run for one, run in STEPS.items() if one == state})
        found[name] = seen(case, happening, told, state, actor)
        flush(["orders"])

    assert found == wanted


def seen(case: Case, happening: Happening, told: Any, state: OrderStatus, actor: str) -> str:
    """What came of it, in the words of the table. Who is refused or ignored leaves every row as it was."""
    try:
        happening(case)
    except DomainError as refusal:
        assert (stored(), OrderEvent.objects.count(), told()) == (case.before, 0, [])
        return f"refused: {refusal.code}"
    entries, news = list(OrderEvent.objects.order_by("at", "id")), "".join(f" + {name}" for name, _ in told())
    if not entries and not news:
        assert case.order.status == state
        return IGNORED if stored() == case.before else LATER
    assert [entry.frm for entry in entries] == [state, *(entry.to for entry in entries[:-1])]
    assert {entry.actor for entry in entries} == {actor}
    assert case.order.status == entries[-1].to
    return ", ".join(map(words, entries)) + news


def words(entry: OrderEvent) -> str:
    """What moved nothing is noted; a few moves lead where it was."""
    moved = entry.to != entry.frm or entry.reason in {"parcel_shipped", "customer"}
    return f"{entry.to if moved else 'noted'}: {entry.reason}".rstrip()


def test_each_move_of_the_states_is_made_once_and_no_other():
    states = {state.value for state in OrderStatus}
    made = set()
    for _, mostly, otherwise in TABLE.values():
        for name, (state, _) in SITUATIONS.items():
            to = otherwise.get(name, mostly).partition(":")[0]
            made |= {(state, OrderStatus(to))} if to in states else set()

    assert made == {(frm, to) for frm, those in MOVES.items() for to in those}
    assert {state for state, _ in SITUATIONS.values()} == set(OrderStatus)


def test_nothing_else_can_happen_to_an_order():
    """Who moves one is a service that a happening of the table goes through; what payments tells is in it."""
    services = Path(advancing.__file__).parent
    movers = {file.stem for file in services.glob("*.py") if imports(file, "move_order")}
    heard = {event for event in CONSUMERS if "orders" in CONSUMERS[event] and event.startswith("payments.")}

    assert movers == MOVERS
    assert {event.name for event in NEWS} == heard
    happenings = {one for one in vars(saga).values() if getattr(one, "__annotations__", {}).get("case") == "Case"}
    assert {one for one in happenings if not one.__name__.startswith("_")} == set(TABLE)


def imports(file: Path, name: str) -> bool:
    froms = [node for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)]
    return any(alias.name == name for node in froms for alias in node.names)
