"""Returns in the admin: listed with their worth, moved by actions through the services, by those who may."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from apps.orders.models import Order, OrderRefund, Return, ReturnLine
from apps.orders.services.answer_return import authorise_return
from apps.orders.tests.test_returns import ask, received
from shop.errors import Unavailable
from shop.ids import uuid7

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


def test_returns_are_listed_newest_first_and_answered_on_their_own_page(order):
    back, staff = ask(order), login("fulfilment")
    older = Return.objects.create(
        pk=uuid7(), order=order, reason="other", created_at=back.created_at - timedelta(days=1), text="long " * 60
    )
    listed = staff.get(LIST)
    assert [row.pk for row in listed.context["cl"].result_list] == [back.pk, older.pk]
    assert older.text not in listed.text

    page = f"{LIST}{back.pk}/change/"
    assert 'value="reject"' in staff.get(page).text
    assert 'value="reject"' not in login("support").get(page).text
    form = {"action": "reject", "_selected_action": str(back.pk), "from_page": "1"}
    assert "Say why" in staff.post(LIST, form, follow=True).text
    assert staff.post(LIST, form | {"reason": "It was worn."}).url == page
    back.refresh_from_db()
    assert (back.state, back.answer) == ("rejected", "It was worn.")
    assert 'value="reject"' not in staff.get(page).text


def test_who_only_looks_moves_nothing(order):
    back = ask(order)
    assert act(login("support"), "authorise", back) == "requested"


def authorised(order, count):
    return authorise_return(order, ask(order, count), answer="", actor="staff:1")


def came(client, back, **said):
    line = ReturnLine.objects.get(returned=back)
    form = {f"{name}-{line.pk}": value for name, value in said.items()}
    answer = client.post(f"{LIST}{back.pk}/receive/", form, follow=True)
    back.refresh_from_db()
    return answer


def test_what_came_is_told_line_by_line_with_its_condition_and_shelf(world, order):
    back, staff = authorised(order, 2), login("fulfilment")
    assert "outlet" in staff.get(f"{LIST}{back.pk}/change/").text
    answer = came(staff, back, quantity="1", condition="opened", restock="on", location="outlet")
    assert f"The return of {order.number} is restocked." in answer.text
    line = ReturnLine.objects.get()
    assert (line.received, line.condition, line.restock, line.location) == (1, "opened", True, "outlet")
    [taken] = world.taken_back[back.restock_id]
    assert (taken.sku, taken.quantity, taken.location) == ("A", 1, "outlet")
    assert "This came" not in staff.get(f"{LIST}{back.pk}/change/").text


def test_what_came_damaged_goes_on_no_shelf(world, order):
    back = authorised(order, 2)
    came(login("fulfilment"), back, quantity="2", condition="damaged")
    line = ReturnLine.objects.get()
    assert (back.state, line.received, line.condition, line.restock) == ("restocked", 2, "damaged", False)
    assert world.taken_back == {}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"quantity": "3"}, "2 of A were to come back."),
        ({"quantity": "-1"}, "is no number of pieces"),
        ({"quantity": ""}, "Something came back"),
        ({"condition": "eaten"}, "is none of them"),
        ({"location": "moon"}, "There is no location moon."),
    ],
)
def test_a_slip_of_the_pen_receives_nothing(order, said, told):
    back = authorised(order, 2)
    answer = came(login("fulfilment"), back, **{"quantity": "1", "condition": "as_new", "restock": "on", **said})
    assert told in answer.text
    assert (back.state, ReturnLine.objects.get().received) == ("authorised", 0)


def test_the_page_is_shown_without_shelves_while_catalog_is_away(world, order):
    back = authorised(order, 1)
    world.fail("get_locations", Unavailable("away"))
    shown = login("fulfilment").get(f"{LIST}{back.pk}/change/")
    assert "where it was sold from" in shown.text
    assert "outlet" not in shown.text


def test_a_return_is_paid_back_in_part_once_however_often_the_form_is_sent(world, order):
    back, finance = received(order, 2), login("finance")
    assert "20.00" in finance.get(f"{LIST}{back.pk}/change/").text
    form = {"operation": str(uuid7()), "amount": "12,50"}
    for _ in range(2):
        answer = finance.post(f"{LIST}{back.pk}/refund/", form, follow=True)
        assert f"12.50 EUR of {order.number} go back" in answer.text
    assert [row.amount_minor for row in OrderRefund.objects.all()] == [1250]
    assert "Pay it back" not in finance.get(f"{LIST}{back.pk}/change/").text


@pytest.mark.parametrize(("role", "form"), [("support", "receive"), ("fulfilment", "refund"), ("support", "refund")])
def test_who_may_not_is_refused(order, role, form):
    back = authorised(order, 1)
    assert login(role).post(f"{LIST}{back.pk}/{form}/").status_code == 403


def test_a_return_that_is_not_there_is_told(order):
    answer = login("fulfilment").post(f"{LIST}{uuid7()}/receive/", follow=True)
    assert "There is no such return." in answer.text
    assert login("finance").get(f"{LIST}{ask(order).pk}/refund/").status_code == 405
