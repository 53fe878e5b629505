"""Returns in the admin: listed with their worth, moved by actions through the services, by those who may."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from apps.orders.models import Order, OrderRefund, Return
from apps.orders.tests.test_returns import ask

pytestmark = pytest.mark.usefixtures("database")
LIST = "/admin/orders/return/"


@pytest.fixture
def order(delivered) -> Order:
    """Two mugs at 1000, at the buyer's."""
    return delivered


def login(*roles):
    user = get_user_model().objects.create_user(f"{'-'.join(roles)}@example.com", "x", is_staff=True)
    for role in roles:
        user.grants.create(role=role, granted_by="test")
    client = Client()
    client.force_login(user)
    return client


def act(client, name, back, reason=""):
    client.post(LIST, {"action": name, "_selected_action": [str(back.pk)], "reason": reason})
    back.refresh_from_db()
    return back.state


def test_a_return_is_led_from_the_wish_to_the_money(world, order):
    back, staff, finance = ask(order), login("fulfilment"), login("finance")
    listed = staff.get(f"{LIST}?q={order.number}").content.decode()
    assert order.number in listed
    assert order.number not in staff.get(f"{LIST}?q=SO-0000-0000").content.decode()
    assert act(staff, "pay_back", back) == "requested"
    assert act(staff, "authorise", back, "Send it.") == "authorised"
    assert act(staff, "receive_all", back) == "restocked"
    shown = staff.get(f"{LIST}{back.pk}/change/").content.decode()
    assert "10.00" in shown
    assert act(staff, "pay_back", back) == "restocked"
    assert act(finance, "pay_back", back) == "refunded"
    assert act(finance, "pay_back", back) == "refunded"
    assert [row.amount_minor for row in OrderRefund.objects.all()] == [1000]


def test_a_refusal_needs_words_for_the_buyer(order):
    back, staff = ask(order), login("fulfilment")
    assert act(staff, "reject", back) == "requested"
    assert act(staff, "reject", back, "It was worn.") == "rejected"
    assert Return.objects.get().answer == "It was worn."


def test_who_only_looks_moves_nothing(order):
    back = ask(order)
    assert act(login("support"), "authorise", back) == "requested"
