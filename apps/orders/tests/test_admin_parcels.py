"""Who packs says on the order's page what is in each parcel."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from apps.orders.models import Order, OrderEvent, OrderLine, Parcel, ParcelLine
from apps.orders.tasks import advance_due_orders
from apps.orders.tests.test_admin import act, clerk, page
from apps.orders.tests.test_saga import pay
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(world) -> Order:
    """Two mugs, paid, to be packed."""
    order: Order = world.place().order
    pay(order)
    advance_due_orders()
    return order


def form(client: Client, order: Order) -> dict[str, Any]:
    """As it stands on the page: all that is left."""
    text = page(client, f"/admin/orders/order/{order.pk}/change/")
    found = re.search(rf'action="/admin/orders/order/{order.pk}/ship/">(.*?)</form>', text, re.DOTALL)
    assert found is not None
    fields = re.findall(r'<input[^>]* name="((?:pack-|operation)[^"]*)"[^>]* value="([^"]*)"', found[1])
    return dict(fields)


def send(client: Client, order: Order, sent: dict[str, Any]) -> str:
    answer = client.post(f"/admin/orders/order/{order.pk}/ship/", sent, follow=True)
    return re.sub(r"\s+", " ", strip_tags(answer.content.decode()))


def test_an_order_leaves_in_two_parcels_each_with_what_was_packed(order):
    client, packer = clerk("fulfilment")
    pack = f"pack-{OrderLine.objects.get().pk}"
    first = form(client, order)
    assert first[pack] == "2"

    told = send(client, order, {**first, pack: "1", "carrier": "DHL", "tracking_number": "0034"})
    assert "DHL 0034 left with 1 in it." in told
    assert Order.objects.get().status == "partly_shipped"
    second = form(client, order)
    assert second[pack] == "1"
    send(client, order, {**second, "carrier": "UPS"})

    assert Order.objects.get().status == "shipped"
    parcels = Parcel.objects.order_by("id").values_list("carrier", "tracking_number", "actor")
    assert list(parcels) == [("DHL", "0034", f"staff:{packer.pk}"), ("UPS", "", f"staff:{packer.pk}")]
    assert list(ParcelLine.objects.order_by("parcel").values_list("quantity", flat=True)) == [1, 1]
    assert "/ship/" not in page(client, f"/admin/orders/order/{order.pk}/change/")


def test_a_form_that_is_sent_twice_is_one_parcel(order):
    client, _ = clerk("fulfilment")
    sent = {**form(client, order), f"pack-{OrderLine.objects.get().pk}": "1"}

    send(client, order, sent)
    send(client, order, sent)

    assert Parcel.objects.count() == 1
    assert OrderLine.objects.get().shipped == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"pack": "0"}, "Say how many of which line are in the parcel."),
        ({"pack": ""}, "Say how many of which line are in the parcel."),
        ({"pack": "3"}, "2 of A are left to send."),
        ({"pack": "-1"}, "is no number of pieces."),
        ({"tracking_url": "ftp://x"}, "Enter a valid URL."),
        ({"carrier": "D\nHL"}, "One line of plain text."),
    ],
)
def test_what_cannot_be_in_a_parcel_is_refused_and_nothing_leaves(order, changes, told):
    client, _ = clerk("fulfilment")
    line = OrderLine.objects.get()
    sent = {name if name != "pack" else f"pack-{line.pk}": value for name, value in changes.items()}

    assert told.replace("of A", f"of {line.sku}") in send(client, order, {**form(client, order), **sent})

    assert not Parcel.objects.exists()
    assert Order.objects.get().status == "confirmed"


@pytest.mark.parametrize("role", ["support", "finance"])
def test_who_does_not_pack_has_no_such_form(order, role):
    client, _ = clerk(role)

    assert "/ship/" not in page(client, f"/admin/orders/order/{order.pk}/change/")
    assert client.post(f"/admin/orders/order/{order.pk}/ship/", {}).status_code == 403
    assert not Parcel.objects.exists()


def test_a_form_that_was_sent_and_then_changed_is_another_parcel(order):
    client, _ = clerk("fulfilment")
    sent = {**form(client, order), f"pack-{OrderLine.objects.get().pk}": "1"}

    send(client, order, {**sent, "tracking_number": "0034"})
    told = send(client, order, {**sent, "tracking_number": "0035"})  # as the browser's way back leads to the form

    assert "0035 left with 1 in it." in told
    numbers = Parcel.objects.values_list("tracking_number", flat=True)
    assert sorted(numbers) == ["0034", "0035"]  # of one moment: their ids tell no order


def test_a_form_of_one_order_that_is_sent_to_another_is_a_note_of_its_own(order):
    client, _ = clerk("fulfilment")
    other = Order.objects.get()
    other.pk, other.cart_id, other.number = uuid7(), uuid7(), "SO-0000-0000"
    other.save(force_insert=True)
    note = {**form(client, order), "text": "Called."}

    for one in (order, other):
        assert client.post(f"/admin/orders/order/{one.pk}/note/", note).status_code == 302

    noted = OrderEvent.objects.filter(reason="note").order_by("at", "id")
    assert list(noted.values_list("order_id", flat=True)) == [order.pk, other.pk]


def test_a_parcel_without_a_label_is_not_called_by_its_id_and_the_state_is_told_with_its_meaning(order):
    client, _ = clerk("fulfilment")

    told = send(client, order, form(client, order))
    assert f"A parcel without a label left with 2 in it. {order.number} is shipped." in told

    said = {"parcel": str(Parcel.objects.get().pk), "carrier": "", "tracking_number": "", "tracking_url": ""}
    shown = page(client, f"/admin/orders/order/{order.pk}/change/")
    said["seen"] = shown.partition('name="seen" value="')[2].partition('"')[0]
    answer = client.post(f"/admin/orders/order/{order.pk}/label/", said, follow=True)
    assert "The parcel goes without a label." in answer.text
    assert f"{order.number} is delivered. At the buyer&#x27;s." in act(client, order, "", action="mark_delivered")
