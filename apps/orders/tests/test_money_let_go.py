"""Money that was let go after a parcel left: no other leaves until staff has decided, whoever is faster."""

from __future__ import annotations

import pytest

from apps.orders.contracts import IllegalMove
from apps.orders.models import Order, Parcel
from apps.orders.services import ship_parcel as shipping
from apps.orders.services.settle_review import Decision, settle_review
from apps.orders.tests.doubles import eur
from apps.orders.tests.test_admin import page
from apps.orders.tests.test_captures import authorize, captured, captured_part, reasons, ship, voided
from apps.orders.tests.test_owners import guest_order
from apps.payments.contracts import PaymentStatus
from shop.testing.http import send
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def order(world) -> Order:
    """Confirmed, its 24.95 EUR set aside and nothing taken."""
    world.set_aside = True
    authorize(world.place().order.pk)
    return world.order()


@pytest.mark.parametrize("came", [0, 1000])
def test_once_its_money_was_let_go_no_second_parcel_leaves_until_staff_accepts_it(world, order, came):
    """Nothing of it, or the rest of what was captured in part."""
    if came:
        captured_part(order.pk, eur(came), eur(came))
    ship(world.order(), {"A": 1})
    voided(order.pk) if not came else captured(order.pk, eur(came), let_go=True)
    with pytest.raises(IllegalMove, match="until finance accepts the order") as no:
        ship(world.order())
    assert no.value.params == {"status": "partly_shipped", "reason": "let_go"}
    for decision in (Decision.REFUND, Decision.REFUNDED_BY_HAND):
        with pytest.raises(IllegalMove):
            settle_review(world.order(), decision=decision, actor="staff:1", detail="")
    assert (world.order().status, Parcel.objects.count(), world.order().paid_minor) == ("partly_shipped", 1, came)
    settled = settle_review(world.order(), decision=Decision.ACCEPT, actor="staff:1", detail="Pays by bank.")
    assert (settled.status, reasons()[-1]) == ("partly_shipped", "accepted_as_paid")
    with pytest.raises(IllegalMove):
        settle_review(world.order(), decision=Decision.ACCEPT, actor="staff:1", detail="")
    ship(world.order())
    assert (world.order().status, Parcel.objects.count()) == ("shipped", 2)


def test_a_second_parcel_asks_whether_the_rest_was_let_go_while_the_news_is_under_way(world, order):
    captured_part(order.pk, eur(1000), eur(1000))
    ship(world.order(), {"A": 1})
    world.payment, world.paid, world.let_go = PaymentStatus.SUCCEEDED, 1000, True
    with pytest.raises(IllegalMove, match="was let go"):
        ship(world.order())
    assert (world.order().status, Parcel.objects.count()) == ("partly_shipped", 1)


def test_what_a_last_capture_leaves_holds_no_second_parcel_back(world, order):
    """Finance took less than was set aside, and meant it."""
    ship(order, {"A": 1})
    captured(order.pk, eur(1000))
    ship(world.order())
    assert (world.order().status, world.order().paid_minor) == ("shipped", 1000)


def test_a_packer_who_read_before_the_news_of_a_void_sends_nothing(world, order, monkeypatch):
    ship(order, {"A": 1})
    move, rivals = shipping.move_order, [lambda: voided(order.pk)]

    def slow(seen, go):
        if rivals:
            rivals.pop()()
        return move(seen, go)

    monkeypatch.setattr(shipping, "move_order", slow)
    with pytest.raises(IllegalMove, match="was let go"):
        ship(world.order())
    assert (world.order().status, Parcel.objects.count()) == ("partly_shipped", 1)


def found(query: str, **who: str) -> list[str]:
    return [one["number"] for one in send("GET", f"/orders?{query}", **who).json()["data"]]


def test_staff_finds_the_orders_that_wait_since_their_money_was_let_go(world, order, staff):
    ship(order, {"A": 1})
    other = guest_order().number
    pages = ("money_let_go__exact=1", "status__exact=partly_shipped&money_let_go__exact=1")
    clerk = {"authorization": bearer("staff", scopes={"orders:read"})}
    assert found("money_let_go=true", **clerk) == []
    assert [order.number in page(staff, f"/admin/orders/order/?{query}") for query in pages] == [False, False]

    voided(order.pk)

    assert found("money_let_go=true", **clerk) == [order.number]
    assert found("money_let_go=true&status=partly_shipped", **clerk) == [order.number]
    assert found("money_let_go=true&status=shipped", **clerk) == []
    assert found("money_let_go=false", **clerk) == [other]
    listed = [page(staff, f"/admin/orders/order/?{query}") for query in pages]
    assert [(order.number in shown, other in shown) for shown in listed] == [(True, False)] * 2
    settle_review(Order.objects.get(pk=order.pk), decision=Decision.ACCEPT, actor="staff:1", detail="A gift.")
    assert found("money_let_go=true", **clerk) == []


def test_a_word_that_is_neither_true_nor_false_is_refused(database):
    refused = send("GET", "/orders?money_let_go=1", authorization=bearer("staff", scopes={"orders:read"}))
    assert (refused.status_code, refused.json()["errors"]) == (
        422,
        [{"pointer": "/money_let_go", "code": "unknown_money_let_go", "detail": "One of true, false."}],
    )


def test_finance_accepts_on_the_orders_page_what_was_let_go_after_a_parcel_left(world, order, staff):
    ship(order, {"A": 1})
    place = f"/admin/orders/order/{order.pk}/change/"
    assert "accept_with_reason" not in page(staff, place)
    voided(order.pk)
    shown = page(staff, place)
    assert ("accept_with_reason" in shown, "close_with_reason" in shown) == (True, False)
    said = {"action": "accept_with_reason", "_selected_action": order.pk, "reason": "A gift."}
    staff.post("/admin/orders/order/", said)
    assert (world.order().money_let_go, reasons()[-1]) == (False, "accepted_as_paid")
