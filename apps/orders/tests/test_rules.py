"""The table of states: all pairs, and what every state must have."""

from __future__ import annotations

import pytest

from apps.orders.contracts import IllegalMove, OrderStatus
from apps.orders.models import Order, OrderEvent
from apps.orders.rules import GIVE_UP, GIVEN_UP, MEANING, MOVES, OPEN_FOR_MONEY, may_move
from apps.orders.services.move_order import Go, move_order
from apps.orders.services.steps import STEPS
from apps.orders.tests.doubles import a_world
from shop.ids import uuid7

S = OrderStatus
LEGAL = {
    ("pending", "reserved"), ("pending", "paid"), ("pending", "cancelling"), ("pending", "review"),
    ("reserved", "awaiting_payment"), ("reserved", "paid"), ("reserved", "cancelling"), ("reserved", "review"),
    ("awaiting_payment", "paid"), ("awaiting_payment", "cancelling"), ("awaiting_payment", "review"),
    ("paid", "confirmed"), ("paid", "refunding"), ("paid", "review"),
    ("confirmed", "partly_shipped"), ("confirmed", "shipped"), ("confirmed", "refunding"),
    ("confirmed", "review"),
    ("partly_shipped", "partly_shipped"), ("partly_shipped", "shipped"),
    ("shipped", "delivered"),
    ("cancelling", "cancelled"), ("cancelling", "paid"), ("cancelling", "review"),
    ("refunding", "refunding"), ("refunding", "cancelled"), ("refunding", "review"),
    ("cancelled", "refunding"), ("cancelled", "review"),
    ("review", "paid"), ("review", "refunding"),
}  # fmt: skip
PAIRS = [(frm, to) for frm in S for to in S]


@pytest.mark.parametrize(("frm", "to"), PAIRS, ids=[f"{frm}-{to}" for frm, to in PAIRS])
def test_every_pair_of_states_is_allowed_or_refused_as_designed(database, frm, to):
    order = _stored(frm)

    if (frm, to) in LEGAL:
        assert move_order(order, Go(to, "why", actor="staff:1"))
        assert (Order.objects.get().status, Order.objects.get().revision) == (to, 1)
        [entry] = OrderEvent.objects.all()
        assert (entry.frm, entry.to, entry.actor, entry.reason) == (frm, to, "staff:1", "why")
    else:
        with pytest.raises(IllegalMove) as refused:
            move_order(order, Go(to))
        assert refused.value.params == {"status": frm.value}
        assert (Order.objects.get().status, OrderEvent.objects.count()) == (frm, 0)


def test_the_table_names_every_state_and_no_other():
    assert set(MOVES) == set(MEANING) == set(S)
    assert {(frm, to) for frm in S for to in MOVES[frm]} == LEGAL


def test_every_step_belongs_to_a_state_that_can_be_left():
    assert all(MOVES[state] for state in STEPS)


def test_giving_up_follows_the_table():
    assert all(may_move(frm, to) for frm, to in GIVE_UP.items())
    assert not GIVEN_UP & set(GIVE_UP)


def test_money_is_accepted_wherever_the_table_has_paid_and_review():
    assert all(may_move(state, S.PAID) and may_move(state, S.REVIEW) for state in OPEN_FOR_MONEY)


def test_a_move_loses_against_one_that_was_faster(database):
    order = _stored(S.PENDING)
    rival = Order.objects.get()

    assert move_order(rival, Go(S.CANCELLING)) is True
    assert move_order(order, Go(S.RESERVED)) is False

    assert (Order.objects.get().status, OrderEvent.objects.count()) == ("cancelling", 1)


def _stored(status: OrderStatus) -> Order:
    with a_world():
        order = Order(
            number="SO-0000-0000",
            cart_id=uuid7(),
            cart_revision=1,
            email="ada@example.com",
            currency="EUR",
            subtotal_minor=100,
            shipping_minor=20,
            tax_minor=19,
            tax_included=True,
            total_minor=120,
            status=status,
        )
        order.save(force_insert=True)
    return order
