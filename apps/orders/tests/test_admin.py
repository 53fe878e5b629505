"""The staff's pages: find an order, read it whole, cancel it with a reason."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from apps.orders.models import Order, OrderEvent, OrderLine, Parcel
from apps.orders.tasks import advance_due_orders
from apps.orders.tests.test_saga import pay
from shop.ids import uuid7
from shop.testing.counting import queries_of

pytestmark = pytest.mark.usefixtures("database")


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, order: Order, reason: str, action: str = "cancel_with_reason") -> str:
    data = {"action": action, "_selected_action": str(order.pk), "reason": reason}
    return client.post("/admin/orders/order/", data, follow=True).content.decode()


def clerk(role: str) -> tuple[Client, Any]:
    """Somebody of the staff with this role alone, logged in."""
    person = get_user_model().objects.create_user(f"{role}@example.com", "a long pass phrase", is_staff=True)
    person.grants.create(role=role, granted_by="test")
    client = Client()
    client.force_login(person)
    return client, person


def test_orders_are_listed_found_and_shown_with_their_timeline(world, staff):
    order = world.place().order

    assert order.number in page(staff, "/admin/orders/order/?status__exact=awaiting_payment")
    assert order.number in page(staff, f"/admin/orders/order/?q={order.number}")
    assert order.number not in page(staff, "/admin/orders/order/?q=nobody@example.com")
    shown = page(staff, f"/admin/orders/order/{order.pk}/change/")
    assert '<tr class="now"><td>awaiting payment</td>' in shown
    assert "reserved → awaiting payment" in shown
    assert "reserved" in shown
    assert 'name="_save"' not in shown


def test_staff_cancels_with_a_reason(world, staff):
    order = world.place().order

    assert "Say the reason" in act(staff, order, "")
    assert Order.objects.get().status == "awaiting_payment"

    assert f"{order.number} is cancelled." in act(staff, order, "Asked by phone.")
    entry = OrderEvent.objects.get(to="cancelling")
    assert (entry.reason, entry.detail, entry.actor.split(":")[0]) == ("staff", "Asked by phone.", "staff")


@pytest.mark.parametrize("chosen", ["x", "\0", "9" * 40])
def test_an_action_on_what_is_no_id_is_refused_and_no_crash(world, chosen):
    order = world.place().order
    client = Client(raise_request_exception=False)
    client.force_login(get_user_model().objects.create_superuser("staff@example.com", "a long pass phrase"))

    form = {"action": "cancel_with_reason", "_selected_action": chosen, "reason": "Asked by phone."}
    assert client.post("/admin/orders/order/", form).status_code == 400
    order.refresh_from_db()
    assert order.status == "awaiting_payment"


def test_what_is_shipped_is_told_and_left(world, staff):
    order = world.place().order
    Order.objects.update(status="shipped", due=None)

    assert "cannot be cancelled" in act(staff, order, "Asked by phone.")


def test_an_order_is_found_by_number_address_or_id_in_any_case(world, staff):
    order = world.place().order

    for term in (order.number.lower(), order.email.upper(), str(order.pk), f" {order.number} "):
        found = staff.get("/admin/orders/order/", {"q": term}).context["cl"].result_list
        assert [row.pk for row in found] == [order.pk], term


def test_money_addresses_and_the_way_to_other_pages_are_readable(world, staff):
    order = world.place().order
    shown = page(staff, f"/admin/orders/order/{order.pk}/change/")

    assert str(order.money("total")) in shown
    assert "_minor" not in shown
    assert "&quot;city&quot;" not in shown
    assert "10115 Berlin" in shown
    for link in (f"payments/payment/?q={order.number}", f"notifications/message/?q={order.number}", "cart/cart/"):
        assert f'href="/admin/{link}' in shown


def test_an_order_is_cancelled_from_its_own_page_and_shown_again(world, staff):
    order = world.place().order
    own = f"/admin/orders/order/{order.pk}/change/"
    assert "Cancel the order" in page(staff, own)

    data = {"action": "cancel_with_reason", "_selected_action": str(order.pk), "reason": "By phone.", "from_page": "1"}
    answer = staff.post("/admin/orders/order/", data)

    assert (answer.status_code, answer["Location"]) == (302, own)
    assert "Cancel the order" not in page(staff, own)


def test_who_may_only_look_is_offered_no_cancellation(world):
    order = world.place().order
    looker = get_user_model().objects.create_user("looker@example.com", "a long pass phrase", is_staff=True)
    looker.grants.create(role="support", granted_by="test")
    client = Client()
    client.force_login(looker)

    assert "Cancel the order" not in page(client, f"/admin/orders/order/{order.pk}/change/")
    act(client, order, "No right to.")
    assert Order.objects.get().status == "awaiting_payment"


def test_the_list_and_the_page_cost_the_same_queries_for_many_rows(world, staff):
    order = world.place().order
    costs = []
    for more in (0, 12):
        for number in range(more):
            copy = Order.objects.get(pk=order.pk)
            copy.pk, copy.number = uuid7(), f"SO-COPY-{number:04}"
            copy.save(force_insert=True)
            line = OrderLine.objects.filter(order=order).first()
            line.pk, line.sku = uuid7(), f"COPY-{number}"
            line.save(force_insert=True)
        for path in ("/admin/orders/order/", f"/admin/orders/order/{order.pk}/change/"):
            with queries_of("orders") as queries:
                page(staff, path)
            costs.append(len(queries))
    assert costs[:2] == costs[2:]


@pytest.mark.parametrize(("action", "end"), [("accept_with_reason", "paid"), ("close_with_reason", "refunding")])
def test_staff_leads_an_order_out_of_review(world, staff, action, end):
    order = world.place().order
    Order.objects.update(status="review", due=None, paid_minor=2494)

    assert "Say the reason" in act(staff, order, "", action)
    assert f"{order.number} is {end}." in act(staff, order, "One cent is missing.", action)
    assert "is not in review" in act(staff, order, "Again.", action)

    assert (Order.objects.get().status, OrderEvent.objects.get(to=end).detail) == (end, "One cent is missing.")


@pytest.mark.parametrize("action", ["accept_with_reason", "close_with_reason"])
def test_who_packs_decides_of_no_money_that_does_not_fit(world, action):
    """As over HTTP, where it needs orders:refund: else they could ship what nobody paid."""
    order = world.place().order
    Order.objects.update(status="review", due=None, paid_minor=1)

    act(clerk("fulfilment")[0], order, "It is for a friend.", action)
    assert Order.objects.get().status == "review"
    act(clerk("finance")[0], order, "A gift of the house.", action)
    assert Order.objects.get().status != "review"


def test_who_packs_ships_and_delivers_in_the_admin(world):
    order = world.place().order
    pay(order)
    advance_due_orders()
    client, packer = clerk("fulfilment")

    act(client, order, "DHL 0034", action="ship_the_rest")
    parcel = Parcel.objects.get()
    assert (parcel.carrier, parcel.tracking_number, parcel.actor) == ("DHL", "0034", f"staff:{packer.pk}")
    assert "DHL" in page(client, f"/admin/orders/order/{order.pk}/change/")
    act(client, order, "They told us.", action="mark_delivered")
    assert Order.objects.get().status == "delivered"
