"""The process dies at each durable point of orders; a worker finishes what was begun, nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from apps.orders.contracts import CancelReason
from apps.orders.models import Order, OrderEvent
from apps.orders.services.accept_payment import accept_payment
from apps.orders.services.cancel_order import cancel_order
from apps.orders.tasks import advance_due_orders
from apps.orders.testing.facts import pending
from apps.orders.tests.doubles import World, eur
from shop import clock, faults
from shop.db import transact
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


class PowerCut(BaseException):
    """Ends the use case as the end of its process would."""


def place(world: World) -> None:
    world.place(ORDER_ID)


def pay(world: World) -> None:
    place(world)
    transact("orders", lambda: accept_payment(order_id=ORDER_ID, amount=eur(2495)))
    advance_due_orders()


def cancel_unpaid(world: World) -> None:
    place(world)
    cancel_order(Order.objects.get(), actor="buyer", reason=CancelReason.CUSTOMER)


def cancel_paid(world: World) -> None:
    pay(world)
    cancel_order(Order.objects.get(), actor="buyer", reason=CancelReason.CUSTOMER)


ORDER_ID = uuid7()
POINTS: dict[Callable[[World], None], tuple[str, str]] = {
    place: (
        "awaiting_payment",
        """place.created pending.stepped pending-reserved.before_commit pending-reserved.after_commit reserved.stepped
        reserved-awaiting_payment.before_commit reserved-awaiting_payment.after_commit""",
    ),
    pay: (
        "confirmed",
        """awaiting_payment-paid.before_commit paid.stepped paid-confirmed.before_commit paid-confirmed.after_commit""",
    ),
    cancel_unpaid: (
        "cancelled",
        """awaiting_payment-cancelling.before_commit awaiting_payment-cancelling.after_commit cancelling.stepped
        cancelling-cancelled.before_commit cancelling-cancelled.after_commit""",
    ),
    cancel_paid: (
        "cancelled",
        """confirmed-refunding.before_commit confirmed-refunding.after_commit refunding.stepped
        refunding-cancelled.before_commit refunding-cancelled.after_commit""",
    ),
}
CASES = [(scenario, end, point) for scenario, (end, points) in POINTS.items() for point in points.split()]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))

    def cut() -> None:
        raise PowerCut

    monkeypatch.setattr(faults, "crash", cut)
    return tmp_path


@pytest.mark.parametrize(
    ("scenario", "end", "point"), CASES, ids=[f"{scenario.__name__}:{point}" for scenario, _, point in CASES]
)
def test_after_a_crash_the_order_ends_where_it_should(world, told, folder, scenario, end, point):
    (folder / f"orders.{point}").touch()
    with pytest.raises(PowerCut):
        scenario(world)
    assert not (folder / f"orders.{point}").exists()

    _come_back(scenario, world)

    order = Order.objects.get()
    assert order.status == end
    assert pending()["orders.due"] == 0
    names = [name for name, _ in told()]
    assert len(names) == len(set(names))
    assert OrderEvent.objects.filter(to=end).count() == 1
    stock = {"awaiting_payment": "held", "confirmed": "sold", "cancelled": "released"}
    assert world.hold == stock[end]
    assert len(world.refunds) == (1 if scenario is cancel_paid else 0)


def _come_back(scenario: Callable[[World], None], world: World) -> None:
    """What is repeated from outside after a crash (client, event), and the worker after the lease."""
    order = Order.objects.get()
    if scenario is pay:
        transact("orders", lambda: accept_payment(order_id=ORDER_ID, amount=eur(2495)))
    if scenario in (cancel_unpaid, cancel_paid) and order.status in ("awaiting_payment", "confirmed"):
        cancel_order(order, actor="buyer", reason=CancelReason.CUSTOMER)
    with clock.shifted(timedelta(seconds=60)):
        advance_due_orders()
    if scenario is place:
        assert world.place(ORDER_ID).order.status == "awaiting_payment"


def test_the_list_of_points_is_complete(world, folder):
    (folder / "record").touch()
    world.place(ORDER_ID)
    transact("orders", lambda: accept_payment(order_id=ORDER_ID, amount=eur(2495)))
    advance_due_orders()
    cancel_order(Order.objects.get(), actor="buyer", reason=CancelReason.CUSTOMER)
    world.hold = world.payment = ""
    world.place(second := uuid7())
    cancel_order(Order.objects.get(pk=second), actor="buyer", reason=CancelReason.CUSTOMER)

    seen = {line for line in (folder / "seen").read_text().splitlines() if line.startswith("orders.")}
    assert seen == {f"orders.{point}" for _, points in POINTS.values() for point in points.split()}
