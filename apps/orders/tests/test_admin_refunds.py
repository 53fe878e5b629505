"""Finance sends a part of an order's money back by the form on its page: once per form, never more than is kept."""

from __future__ import annotations

import pytest

from apps.orders.models import Order, OrderRefund
from apps.orders.tests.doubles import eur
from apps.orders.tests.test_admin_returns import login
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")
LIST = "/admin/orders/order/"


@pytest.fixture
def order(delivered) -> Order:
    """24.95 EUR were paid for it."""
    return delivered


def send_back(client, order, **said):
    form = {"operation": str(uuid7()), "reason": "damaged", **said}
    return client.post(f"{LIST}{order.pk}/refund/", form, follow=True)


def test_a_part_is_sent_back_once_however_often_the_form_is_sent(world, order):
    finance = login("finance")
    assert "At most 24.95 EUR" in finance.get(f"{LIST}{order.pk}/change/").text
    once = str(uuid7())
    for _ in range(2):
        answer = send_back(finance, order, operation=once, amount="5.00", detail="A crack.")
        assert f"5.00 EUR of {order.number} go back" in answer.text
    [row] = OrderRefund.objects.all()
    assert (row.amount_minor, row.reason, row.detail, row.state) == (500, "damaged", "A crack.", "sent")
    assert row.actor.startswith("staff:")
    assert world.refunds == {row.pk: eur(500)}
    assert "At most 19.95 EUR" in finance.get(f"{LIST}{order.pk}/change/").text


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"amount": "24.96"}, "Only 24.95 EUR are kept of this order."),
        ({"amount": "0"}, "is no amount of EUR"),
        ({"amount": "NaN"}, "is no amount of EUR"),
        ({"amount": "5", "reason": "returned for fun"}, "is none of them"),
    ],
)
def test_what_cannot_be_sent_back_is_told_and_nothing_goes(world, order, said, told):
    assert told in send_back(login("finance"), order, **said).text
    assert world.refunds == {}


def test_who_may_not_refund_sees_no_form_and_is_refused(order):
    support = login("support")
    assert "Send a part" not in support.get(f"{LIST}{order.pk}/change/").text
    assert send_back(support, order, amount="1").status_code == 403


def test_an_order_that_is_not_paid_has_no_form(world):
    order = world.place().order
    assert "Send a part" not in login("finance").get(f"{LIST}{order.pk}/change/").text
