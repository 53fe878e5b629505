"""A declined card: the timeline has it, and the buyer is told of it while another may be tried."""

from __future__ import annotations

from typing import Any

import pytest

from apps.orders.models import Order, OrderEvent
from apps.orders.services import accept_payment as accepting
from apps.orders.services.accept_payment import note_failed_payment
from apps.orders.tests.test_saga import cancel
from shop import clock
from shop.db import transact
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(world) -> Order:
    placed: Order = world.place().order
    return placed


def decline(order_id) -> None:
    told: dict[str, Any] = {"failure_id": uuid7(), "reason": "card_declined", "failed_at": clock.now()}
    transact("orders", lambda: note_failed_payment(order_id=order_id, **told))


def test_a_declined_attempt_moves_nothing_and_is_told_as_long_as_another_may_be_tried(world, order, monkeypatch):
    told = []
    monkeypatch.setattr(accepting, "publish", lambda event, key: told.append((event, key)))
    decline(order.pk)
    decline(uuid7())
    cancel(order)
    decline(order.pk)

    [(event, key)] = told
    assert (event.number, event.reason, event.pay_before, key) == (
        order.number,
        "card_declined",
        world.order().pay_until,
        order.pk,
    )


def test_a_declined_attempt_is_in_the_timeline(world, order):
    decline(order.pk)

    entry = OrderEvent.objects.order_by("at", "id")[3]
    assert (entry.frm, entry.to, entry.reason) == ("awaiting_payment", "awaiting_payment", "payment_failed")
    assert (world.order().status, entry.detail) == ("awaiting_payment", "card_declined")
