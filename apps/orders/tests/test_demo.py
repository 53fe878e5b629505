"""The demo orders: every state, once, with stock that fits, and left alone by the saga."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.catalog.contracts import HoldState, Offer, OutOfStock, Reservation, ReturnedStock
from apps.orders import demo
from apps.orders.contracts import OrderStatus
from apps.orders.models import Order, OrderEvent, OrderLine, OrderRefund, ParcelLine, Return, ReturnLine
from apps.orders.rules import may_move
from apps.orders.tasks import advance_due_orders
from apps.orders.testing.facts import pending
from apps.orders.tests.doubles import PRODUCT
from apps.payments.contracts import (
    DisputeStatus,
    Payer,
    Payment,
    PaymentMethod,
    PaymentSheet,
    PaymentStatus,
    Refund,
    RefundStatus,
)
from shop import clock
from shop.money import Money
from shop.testing.ports import fake_ports

pytestmark = pytest.mark.usefixtures("database")


class Shelves:
    """A catalog that only remembers what happened to each order's stock."""

    def __init__(self) -> None:
        self.states: dict[Any, str] = {}
        self.paid: dict[Any, int] = {}
        self.opened: dict[Any, str] = {}
        self.taken_back: dict[Any, int] = {}
        self.refunds: dict[Any, int] = {}
        self.disputed: dict[Any, str] = {}

    def get_offers(self, *, skus: tuple[str, ...], currency: str) -> tuple[Offer, ...]:
        return tuple(Offer(sku, PRODUCT, "x", f"Thing {sku}", Money(990, currency), "standard", 40) for sku in skus)

    def reserve_stock(self, *, order_id: Any, lines: Any, hold_seconds: int) -> Reservation:
        if any(line.sku.endswith("SAND") for line in lines):
            raise OutOfStock("None left.", sku="SAND", left=0)
        return self._became(order_id, "held")

    def commit_reservation(self, *, order_id: Any) -> Reservation:
        return self._became(order_id, "sold")

    def release_reservation(self, *, order_id: Any) -> Reservation:
        return self._became(order_id, "released")

    def open_payment(
        self,
        *,
        order_id: Any,
        order_number: str,
        amount: Money,
        email: str,
        method: PaymentMethod,
        payer: Payer | None = None,
    ) -> PaymentSheet:
        self.opened[order_id] = method
        return PaymentSheet(order_id, "bank_transfer", "", "", PaymentStatus.OPEN, amount, method)

    def import_payment(
        self, *, order_id: Any, order_number: str, amount: Money, paid_at: datetime, method: PaymentMethod
    ) -> Payment:
        self.paid[order_id] = amount.amount
        return Payment(
            order_id, PaymentStatus.SUCCEEDED, amount, "imported", "", amount, Money(0, "EUR"), Money(0, "EUR"), ""
        )

    def take_back(self, *, movement_id: Any, order_id: Any, lines: tuple[ReturnedStock, ...]) -> int:
        assert self.states[order_id] == "sold"
        self.taken_back[movement_id] = sum(line.quantity for line in lines)
        return self.taken_back[movement_id]

    def refund_payment(self, *, refund_id: Any, order_id: Any, amount: Money, reason: str) -> Refund:
        assert amount.amount <= self.paid[order_id]
        self.refunds[refund_id] = amount.amount
        return Refund(refund_id, order_id, amount, reason, RefundStatus.PENDING)

    def import_dispute(self, *, order_id: Any, amount: Money, status: DisputeStatus, **_: Any) -> DisputeStatus:
        assert amount.amount == self.paid[order_id]
        self.disputed[order_id] = status
        return status

    def _became(self, order_id: Any, state: str) -> Reservation:
        self.states[order_id] = state
        return Reservation(order_id, HoldState(state), clock.now())


@pytest.fixture
def shelves():
    it = Shelves()
    names = ("get_offers", "reserve_stock", "commit_reservation", "release_reservation", "take_back")
    with fake_ports(
        catalog={name: getattr(it, name) for name in names},
        payments={
            "import_payment": it.import_payment,
            "import_dispute": it.import_dispute,
            "open_payment": it.open_payment,
            "refund_payment": it.refund_payment,
        },
    ):
        yield it


def test_there_are_orders_in_every_state_and_a_second_run_adds_none(shelves):
    assert demo.seed() == {"orders": "24 demo orders, in all 12 states"}
    assert demo.seed() == {}

    assert {order.state for order in Order.objects.all()} == set(OrderStatus)
    assert Order.objects.count() == 24
    waiting = Order.objects.filter(payment_method="bank_transfer", status="awaiting_payment")
    assert shelves.opened == dict.fromkeys(waiting.values_list("pk", flat=True), "bank_transfer")
    assert len(shelves.opened) == 2


def test_the_saga_leaves_them_alone_and_nothing_is_told(shelves, told):
    demo.seed()

    with clock.shifted(timedelta(days=365)):
        assert advance_due_orders() == 0
    assert pending()["orders.due"] == 0
    assert told() == []


def test_their_timelines_follow_the_table_and_their_stock_fits(shelves):
    demo.seed()

    for entry in OrderEvent.objects.exclude(frm=""):
        news = entry.frm == entry.to and entry.reason.startswith(("return_", "payment_disputed", "dispute_"))
        assert news or may_move(OrderStatus(entry.frm), OrderStatus(entry.to))
    standing = dict.fromkeys(("confirmed", "partly_shipped", "shipped", "delivered"), "sold")
    expected = {"pending": None, "cancelled": "released", **standing}
    for order in Order.objects.all():
        assert shelves.states.get(order.pk) == expected.get(order.status, "held")
        assert shelves.paid.get(order.pk, 0) == order.paid_minor


def test_their_parcels_hold_what_their_lines_say_was_shipped(shelves):
    demo.seed()

    for order in Order.objects.all():
        lines = {line.sku: (line.shipped, line.quantity) for line in OrderLine.objects.filter(order_id=order.pk)}
        packed = {line.sku: line.quantity for line in ParcelLine.objects.filter(parcel__order_id=order.pk)}
        assert {sku: shipped for sku, (shipped, _) in lines.items() if shipped} == packed
        complete = all(shipped == quantity for shipped, quantity in lines.values())
        assert complete == (order.status in {"shipped", "delivered"})
        assert bool(packed) == (order.status in {"partly_shipped", "shipped", "delivered"})


def test_some_of_it_came_back_and_some_money_waits_to_be_sent(shelves, settings):
    demo.seed()

    states = {back.order.number: back.state for back in Return.objects.select_related("order")}
    assert states == {
        "SO-DEM0-0006": "authorised",
        "SO-DEM0-0008": "requested",
        "SO-DEM0-0018": "rejected",
        "SO-DEM0-0019": "refunding",
        "SO-DEM0-0020": "restocked",
    }
    for line in ReturnLine.objects.select_related("line", "returned"):
        assert line.line.returning == (0 if line.returned.state == "rejected" else 1)
        assert line.received == shelves.taken_back.get(line.returned.restock_id, 0)
    refunds = {row.pk: (row.order.number, row.reason) for row in OrderRefund.objects.select_related("order")}
    assert sorted(refunds.values()) == [("SO-DEM0-0007", "goodwill"), ("SO-DEM0-0019", "returned")]
    assert shelves.refunds == {row.pk: row.amount_minor for row in OrderRefund.objects.all()}


def test_one_dispute_was_won_and_one_waits_for_the_shops_answer(shelves):
    demo.seed()

    numbers = dict(Order.objects.filter(pk__in=shelves.disputed).values_list("pk", "number"))
    assert {numbers[pk]: status for pk, status in shelves.disputed.items()} == {
        "SO-DEM0-0008": "won",
        "SO-DEM0-0018": "open",
    }
    news = OrderEvent.objects.filter(actor="payments").order_by("order_id", "at").values_list("reason", flat=True)
    assert sorted(news) == ["dispute_won", "payment_disputed", "payment_disputed"]


def test_a_shop_that_takes_no_transfers_promises_no_money(shelves, settings):
    settings.BANK_TRANSFER = None
    demo.seed()

    assert shelves.refunds == {}
    assert not OrderRefund.objects.exists()
    assert set(Return.objects.values_list("state", flat=True)) == {"requested", "authorised", "rejected", "restocked"}


def test_without_products_there_are_no_orders():
    with fake_ports(catalog={"get_offers": lambda **_: ()}):
        assert "no demo products" in demo.seed()["orders"]
    assert not Order.objects.exists()
