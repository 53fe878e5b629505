"""The staff's pages: find an order, read it whole, cancel it with a reason."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from apps.orders.models import Order, OrderEvent

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def staff():
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("staff@example.com", "a long pass phrase"))
    return client


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, order: Order, reason: str) -> str:
    data = {"action": "cancel_with_reason", "_selected_action": str(order.pk), "reason": reason}
    return client.post("/admin/orders/order/", data, follow=True).content.decode()


def test_orders_are_listed_found_and_shown_with_their_timeline(world, staff):
    order = world.place().order

    assert order.number in page(staff, "/admin/orders/order/?status__exact=awaiting_payment")
    assert order.number in page(staff, f"/admin/orders/order/?q={order.number}")
    assert order.number not in page(staff, "/admin/orders/order/?q=nobody@example.com")
    shown = page(staff, f"/admin/orders/order/{order.pk}/change/")
    assert "→ <b>awaiting_payment</b>" in shown
    assert "reserved" in shown
    assert 'name="_save"' not in shown


def test_staff_cancels_with_a_reason(world, staff):
    order = world.place().order

    assert "Say the reason" in act(staff, order, "")
    assert Order.objects.get().status == "awaiting_payment"

    assert f"{order.number} is cancelled." in act(staff, order, "Asked by phone.")
    entry = OrderEvent.objects.get(to="cancelling")
    assert (entry.reason, entry.detail, entry.actor.split(":")[0]) == ("staff", "Asked by phone.", "staff")


def test_what_is_shipped_is_told_and_left(world, staff):
    order = world.place().order
    Order.objects.update(status="shipped", due=None)

    assert "cannot be cancelled" in act(staff, order, "Asked by phone.")
