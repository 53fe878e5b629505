"""A dispute of an order's payment is told on its timeline, and moves nothing."""

from __future__ import annotations

import pytest

from apps.orders.contracts import OrderStatus
from apps.orders.models import OrderEvent
from apps.orders.services.accept_dispute import note_dispute
from apps.payments.contracts import DisputeStatus
from shop.db import transact
from shop.ids import uuid7
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize(
    ("status", "news"),
    [("open", "payment_disputed"), ("won", "dispute_won"), ("lost", "dispute_lost")],
)
def test_each_step_is_an_entry_of_the_timeline(world, status, news):
    order = world.place().order

    transact("orders", lambda: tell(order.pk, status))

    entry = OrderEvent.objects.order_by("-at", "-id").first()
    assert (entry.reason, entry.detail, entry.actor) == (news, "24.95 EUR, fraudulent", "payments")
    assert world.order().state is OrderStatus.AWAITING_PAYMENT


def test_one_of_no_order_is_logged(database, caplog):
    transact("orders", lambda: tell(uuid7(), "open"))

    assert "dispute of an order that does not exist" in caplog.text


def tell(order_id, status):
    note_dispute(order_id=order_id, amount=Money(2495, "EUR"), reason="fraudulent", status=DisputeStatus(status))
