"""Parcels: in parts, never more than was ordered, once per request, told to the buyer; then nothing is cancelled."""

from __future__ import annotations

import pytest

from apps.orders.contracts import CancelReason, IllegalMove, NothingLeftToShip, OrderStatus, ParcelNotFound
from apps.orders.models import Order, OrderEvent, OrderLine, Parcel, ParcelLine
from apps.orders.services.cancel_order import cancel_order
from apps.orders.services.deliver_parcel import deliver_parcel
from apps.orders.services.ship_parcel import Label, ship_parcel
from apps.orders.tasks import advance_due_orders
from apps.orders.tests.test_saga import pay
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.races import at_once, happens_before
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")
SKU = "A"
DHL = Label("DHL", "0034", "https://dhl.example/0034")


@pytest.fixture
def order(world) -> Order:
    """Two mugs, paid and sold."""
    placed: Order = world.place().order
    pay(placed)
    advance_due_orders()
    placed.refresh_from_db()
    assert placed.status == "confirmed"
    return placed


def ship(order, count=None, parcel_id=None, label=DHL):
    wanted = None if count is None else {SKU: count}
    fresh = Order.objects.get(pk=order.pk)
    return ship_parcel(fresh, parcel_id=parcel_id or uuid7(), label=label, wanted=wanted, actor="staff:1")


def now(order):
    return Order.objects.get(pk=order.pk).status, OrderLine.objects.get(order_id=order.pk).shipped


def test_an_order_leaves_in_parts_and_each_part_is_told(order, told):
    first = ship(order, 1)
    assert now(order) == ("partly_shipped", 1)
    ship(order, label=Label())
    assert now(order) == ("shipped", 2)
    (one, told_first), (two, told_second) = told()[-2:]
    assert (one, two) == ("parcel_shipped", "parcel_shipped")
    assert (told_first["complete"], told_second["complete"]) == (False, True)
    assert (told_first["parcel_id"], told_first["tracking_number"]) == (str(first.pk), "0034")
    assert [(line["sku"], line["quantity"]) for line in told_first["lines"]] == [(SKU, 1)]
    timeline = OrderEvent.objects.filter(order_id=order.pk, reason="parcel_shipped").order_by("id")
    assert [(entry.frm, entry.to, entry.actor, entry.detail) for entry in timeline] == [
        ("confirmed", "partly_shipped", "staff:1", "DHL 0034"),
        ("partly_shipped", "shipped", "staff:1", "A parcel without a label"),
    ]


def test_the_same_request_twice_is_one_parcel(order, told):
    key = uuid7()
    assert ship(order, 1, key).pk == ship(order, 1, key).pk == key
    assert (Parcel.objects.count(), now(order)) == (1, ("partly_shipped", 1))
    assert [name for name, _ in told()].count("parcel_shipped") == 1


def test_more_than_is_left_does_not_leave(order):
    ship(order, 1)
    with pytest.raises(NothingLeftToShip) as refused:
        ship(order, 2)
    assert [(error.pointer, error.code, error.detail) for error in refused.value.errors] == [
        ("/lines/0/quantity", "too_many", "1 of A are left to send.")
    ]
    assert (Parcel.objects.count(), now(order)) == (1, ("partly_shipped", 1))


def test_what_was_not_ordered_does_not_leave(order):
    with pytest.raises(NothingLeftToShip) as refused:
        ship_parcel(order, parcel_id=uuid7(), label=DHL, wanted={"CUP": 1}, actor="staff:1")
    assert [(error.pointer, error.code) for error in refused.value.errors] == [("/lines/0/sku", "unknown_sku")]


def test_nothing_leaves_twice_of_an_order_that_left(order):
    ship(order)
    with pytest.raises(IllegalMove):
        ship(order)


def test_of_two_who_ship_the_last_one_at_once_one_does(order):
    ship(order, 1)
    answers = at_once(lambda: ship(order, 1), lambda: ship(order, 1))
    assert sorted(type(answer).__name__ for answer in answers) in (
        ["IllegalMove", "Parcel"],
        ["NothingLeftToShip", "Parcel"],
    )
    assert (Parcel.objects.count(), ParcelLine.objects.count(), now(order)) == (2, 2, ("shipped", 2))


def test_a_cancellation_that_is_faster_keeps_the_parcel_here(order):
    def cancel():
        cancel_order(Order.objects.get(pk=order.pk), actor="buyer", reason=CancelReason.CUSTOMER)

    with happens_before("apps.orders.services.ship_parcel.move_order", cancel), pytest.raises(IllegalMove):
        ship(order)
    assert (Parcel.objects.count(), now(order)[0]) == (0, "cancelled")


def test_an_order_of_which_a_part_left_cannot_be_cancelled(order):
    ship(order, 1)
    with pytest.raises(IllegalMove):
        cancel_order(Order.objects.get(pk=order.pk), actor="buyer", reason=CancelReason.CUSTOMER)
    assert now(order) == ("partly_shipped", 1)


def test_with_its_last_parcel_the_order_is_delivered(order, told):
    parcels = [ship(order, 1), ship(order, 1)]
    for parcel in (parcels[1], parcels[1], parcels[0]):
        deliver_parcel(Order.objects.get(pk=order.pk), parcel_id=parcel.pk, actor="staff:1")
    assert now(order)[0] == OrderStatus.DELIVERED
    assert [payload["complete"] for name, payload in told() if name == "parcel_delivered"] == [False, True]
    assert {parcel.state for parcel in Parcel.objects.all()} == {"delivered"}


def test_a_part_that_arrived_while_the_rest_is_here_does_not_end_the_order(order):
    deliver_parcel(Order.objects.get(pk=order.pk), parcel_id=ship(order, 1).pk, actor="staff:1")
    assert now(order) == ("partly_shipped", 1)
    with pytest.raises(ParcelNotFound):
        deliver_parcel(Order.objects.get(pk=order.pk), parcel_id=uuid7(), actor="staff:1")


# --- over HTTP --------------------------------------------------------------------------------------------------------

FULFILMENT = {"orders:read", "orders:fulfil"}


def test_fulfilment_ships_and_the_buyer_sees_it(world, order):
    staff = bearer("staff", scopes=FULFILMENT)
    path = f"/orders/{order.number}/parcels"
    body = {"lines": [{"sku": SKU, "quantity": 1}], "carrier": "DHL", "tracking_number": "0034"}
    first = send("POST", path, body, authorization=staff, idempotency_key="p1")
    again = send("POST", path, body, authorization=staff, idempotency_key="p1")
    assert (first.status_code, first.json()["state"], first.json()["lines"]) == (201, "shipped", body["lines"])
    assert (again.json(), again["Idempotent-Replayed"]) == (first.json(), "true")
    shown = send("GET", f"/orders/{order.number}", authorization=staff).json()
    assert (shown["status"], shown["lines"][0]["shipped"], shown["parcels"]) == ("partly_shipped", 1, [first.json()])
    assert send("GET", path, authorization=staff).json() == {"data": [first.json()]}
    arrived = send("POST", f"{path}/{first.json()['id']}/deliver", {}, authorization=staff)
    assert (arrived.status_code, arrived.json()["state"]) == (200, "delivered")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"sku": SKU, "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"sku": SKU, "quantity": 1}, {"sku": SKU, "quantity": 1}]}, "/lines"),
        ({"tracking_url": "javascript:alert(1)"}, "/tracking_url"),
        ({"tracking_url": "ftp://dhl.example/0034"}, "/tracking_url"),
        ({"tracking_url": "https://dhl.example/\u202e0034"}, "/tracking_url"),
        ({"weight": 3}, "/weight"),
    ],
)
def test_a_wrong_parcel_is_refused_by_its_field(order, body, pointer):
    answer = send("POST", f"/orders/{order.number}/parcels", body, authorization=bearer("staff", scopes=FULFILMENT))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    assert now(order) == ("confirmed", 0)


def test_only_fulfilment_ships(order):
    path = f"/orders/{order.number}/parcels"
    assert send("POST", path, {}).status_code == 401
    assert send("POST", path, {}, authorization=bearer()).status_code == 403
    assert send("POST", path, {}, authorization=bearer("staff", scopes={"orders:read"})).status_code == 403
    assert send("GET", path, authorization=bearer()).status_code == 404


def test_staff_list_everybodys_orders_by_status(world, order):
    staff = bearer("staff", scopes={"orders:read"})
    assert [one["number"] for one in send("GET", "/orders", authorization=staff).json()["data"]] == [order.number]
    assert send("GET", "/orders?status=shipped", authorization=staff).json()["data"] == []
    assert send("GET", "/orders?status=confirmed", authorization=bearer()).json()["data"] == []
    wrong = send("GET", "/orders?status=lost", authorization=staff)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/status")


def test_staff_cancel_in_the_name_of_the_shop(world, order):
    path = f"/orders/{order.number}/cancel"
    reader, fulfilment = (bearer("staff", scopes=scopes) for scopes in ({"orders:read"}, FULFILMENT))
    assert send("POST", path, {"reason": "x"}, authorization=reader).status_code == 403
    answer = send("POST", path, {"reason": "Broken on the shelf."}, authorization=fulfilment)
    assert (answer.status_code, answer.json()["cancel_reason"]) == (200, "staff")


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "  "}])
def test_staff_who_cancel_without_a_reason_are_asked_for_one(world, order, body):
    answer = send("POST", f"/orders/{order.number}/cancel", body, authorization=bearer("staff", scopes=FULFILMENT))
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["pointer"], error["code"]) == (422, "/reason", "required")
    assert now(order) == ("confirmed", 0)
