"""The other contexts as orders sees them: small, stateful, with a switch for every outcome."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from apps.cart.contracts import CheckOut, Filled, Quote, QuoteLine, ShortLine, WantedLine
from apps.catalog.contracts import HoldState, Location, Reservation, ReservationLost, ReturnedStock
from apps.orders.models import Order
from apps.orders.services.accept_payment import accept_payment
from apps.orders.services.create_order import Buyer
from apps.orders.services.deliver_parcel import deliver_parcel
from apps.orders.services.place_order import Placed, place_order
from apps.orders.services.ship_parcel import Label, ship_parcel
from apps.orders.tasks import advance_due_orders
from apps.payments.contracts import (
    BankInstructions,
    Capture,
    CaptureStatus,
    Payer,
    Payment,
    PaymentMethod,
    PaymentNotFound,
    PaymentSheet,
    PaymentStatus,
    Refund,
    RefundStatus,
)
from shop import clock
from shop.addresses import PostalAddress
from shop.db import transact
from shop.ids import uuid7
from shop.money import Money
from shop.testing.ports import fake_ports

PRODUCT = UUID("0190a000-0000-7000-8000-000000000001")
ADDRESS = PostalAddress("Ada", "Street 1", "DE", postal_code="10115", city="Berlin")
BUYER = Buyer("ada@example.com", "", ADDRESS)


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


@dataclass
class World:
    """Cart, catalog and payments of one test. `fails[port]` is raised there, once per entry."""

    cart_id: UUID = field(default_factory=uuid7)
    price: int = 1000
    count: int = 2
    cart: str = "open"
    hold: str = ""
    hold_seconds: list[int] = field(default_factory=list)
    payment: str = ""
    method: PaymentMethod = PaymentMethod.CARD
    payer: Payer | None = None
    paid: int | None = None
    """What the provider says it got; None is the amount asked for."""
    refunds: dict[UUID, Money] = field(default_factory=dict)
    on_sale: int = 2
    """How many of the mug are for sale."""
    filled: dict[UUID, tuple[UUID | None, str, tuple[WantedLine, ...]]] = field(default_factory=dict)
    taken_back: dict[UUID, tuple[ReturnedStock, ...]] = field(default_factory=dict)
    refund_status: RefundStatus = RefundStatus.SUCCEEDED
    opens_as: PaymentStatus = PaymentStatus.OPEN
    cancels_as: PaymentStatus = PaymentStatus.CANCELED
    voids_as: PaymentStatus = PaymentStatus.CANCELED
    set_aside: bool = False
    """Whether the payment is one that was authorized first."""
    letting_go: bool = False
    """Whether finance lets go of that, and the provider did not answer yet."""
    let_go: bool = False
    """Whether finance let go of the rest of it."""
    lapsed: bool = False
    """Whether it ended without finance and without a capture."""
    promised: int = 0
    """Which promise is kept, and whether it was withdrawn."""
    withdrawn: int = 0
    captures: dict[UUID, Money] = field(default_factory=dict)
    capture_status: CaptureStatus = CaptureStatus.SUCCEEDED
    problems: tuple[Any, ...] = ()
    quoted_for: list[UUID | None] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    fails: dict[str, list[Exception]] = field(default_factory=dict)

    @property
    def total(self) -> Money:
        """With shipping."""
        return eur(self.price * self.count + 495)

    def fail(self, port: str, *errors: Exception) -> None:
        """The next calls of this port raise these."""
        self.fails.setdefault(port, []).extend(errors)

    def _enter(self, port: str) -> None:
        self.calls.append(port)
        waiting = self.fails.get(port)
        if waiting:
            raise waiting.pop(0)

    def get_quote(self, *, cart_id: UUID, customer_id: UUID | None) -> Quote:
        self._enter("get_quote")
        self.quoted_for.append(customer_id)
        each, lines = eur(self.price), eur(self.price * self.count)
        line = QuoteLine("A", PRODUCT, "Mug", self.count, each, lines, "standard", "19", eur(319))
        sums = (lines, eur(495), eur(398), True, self.total)
        return Quote(cart_id, 1, "EUR", (line,), *sums, self.problems, clock.now() + timedelta(days=30))

    def check_out(self, *, order_id: UUID, cart_id: UUID, revision: int) -> CheckOut:
        self._enter("check_out")
        self.cart = "ordered"
        return CheckOut(cart_id, order_id, None)

    def reopen(self, *, order_id: UUID, cart_id: UUID) -> bool:
        self._enter("reopen")
        self.cart = "open"
        return True

    def fill_cart(
        self, *, cart_id: UUID, customer_id: UUID | None, currency: str, lines: tuple[WantedLine, ...]
    ) -> Filled:
        self._enter("fill_cart")
        self.filled[cart_id] = (customer_id, currency, lines)
        short = tuple(ShortLine(line.sku, line.quantity, self.on_sale, "out_of_stock") for line in lines)
        return Filled(cart_id, len(lines) if self.on_sale else 0, short if self.on_sale < 2 else ())

    def reserve_stock(self, *, order_id: UUID, lines: tuple[Any, ...], hold_seconds: int) -> Reservation:
        self.hold_seconds.append(hold_seconds)
        self._enter("reserve_stock")
        self.hold = self.hold or "held"
        return self._reservation(order_id)

    def commit_reservation(self, *, order_id: UUID) -> Reservation:
        self._enter("commit_reservation")
        if self.hold == "released":
            raise ReservationLost("Released.")
        self.hold = "sold"
        return self._reservation(order_id)

    def release_reservation(self, *, order_id: UUID) -> Reservation:
        self._enter("release_reservation")
        self.hold = "sold" if self.hold == "sold" else "released"
        return self._reservation(order_id)

    def restock(self, *, order_id: UUID) -> Reservation:
        self._enter("restock")
        self.hold = "released"
        return self._reservation(order_id)

    def get_locations(self) -> tuple[Location, ...]:
        self._enter("get_locations")
        return (Location("main", "Main", True), Location("outlet", "Outlet", True))

    def take_back(self, *, movement_id: UUID, order_id: UUID, lines: tuple[ReturnedStock, ...]) -> int:
        self._enter("take_back")
        self.taken_back[movement_id] = lines
        return sum(line.quantity for line in lines)

    def open_payment(
        self,
        *,
        order_id: UUID,
        order_number: str,
        amount: Money,
        email: str,
        method: PaymentMethod,
        payer: Payer | None,
    ) -> PaymentSheet:
        self._enter("open_payment")
        self.payer = payer
        self.payment, self.method = self.payment or str(self.opens_as), method
        return self._sheet(order_id, amount)

    def get_payment_sheet(self, *, order_id: UUID) -> PaymentSheet:
        self._enter("get_payment_sheet")
        if not self.payment:
            raise PaymentNotFound("Not open yet.")
        return self._sheet(order_id, self.total)

    def get_payment(self, *, order_id: UUID) -> Payment:
        self._enter("get_payment")
        return self._payment(order_id)

    def cancel_payment(self, *, order_id: UUID) -> Payment:
        self._enter("cancel_payment")
        self.payment = str(self.cancels_as)
        return self._payment(order_id)

    def void_payment(self, *, order_id: UUID) -> Payment:
        self._enter("void_payment")
        self.payment = str(self.voids_as)
        return self._payment(order_id)

    def promise_capture(self, *, order_id: UUID, number: int) -> Payment:
        self._enter("promise_capture")
        if not self.letting_go and number > max(self.promised, self.withdrawn):
            self.promised = number
        return self._payment(order_id)

    def withdraw_promise(self, *, order_id: UUID, number: int) -> bool:
        self._enter("withdraw_promise")
        self.withdrawn = max(self.withdrawn, number)
        return self.promised <= self.withdrawn

    def capture_payment(self, *, capture_id: UUID, order_id: UUID, amount: Money) -> Capture:
        self._enter("capture_payment")
        self.captures[capture_id] = amount
        return Capture(capture_id, order_id, amount, self.capture_status)

    def _payment(self, order_id: UUID) -> Payment:
        asked, status = self.total, PaymentStatus(self.payment)
        got = asked if self.paid is None else eur(self.paid)
        came = got if status is PaymentStatus.SUCCEEDED else eur(0)
        aside = asked if self.set_aside else eur(0)
        more = {"letting_go": self.letting_go, "let_go": self.let_go, "lapsed": self.lapsed}
        kept = self.promised if self.promised > self.withdrawn else 0
        return Payment(order_id, status, asked, "stripe", "pi_1", came, aside, eur(0), "", **more, promised=kept)

    def refund_payment(self, *, refund_id: UUID, order_id: UUID, amount: Money, reason: str) -> Refund:
        self._enter("refund_payment")
        self.refunds[refund_id] = amount
        return Refund(refund_id, order_id, amount, reason, self.refund_status)

    def _sheet(self, order_id: UUID, amount: Money) -> PaymentSheet:
        paid = amount if self.paid is None else eur(self.paid)
        status = PaymentStatus(self.payment)
        if self.method is PaymentMethod.BANK_TRANSFER:
            where = BankInstructions("Example Shop", "DE89370400440532013000", "COBADEFFXXX", "SO-1", paid)
            return PaymentSheet(order_id, "bank_transfer", "", "", status, paid, self.method, where)
        return PaymentSheet(order_id, "stripe", "pk_test", "pi_1_secret", status, paid)

    def _reservation(self, order_id: UUID) -> Reservation:
        return Reservation(order_id, HoldState(self.hold), clock.now() + timedelta(hours=2))

    def place(self, order_id: UUID | None = None, **changes: Any) -> Placed:
        """Place an order of this world's cart."""
        return place_order(order_id=order_id or uuid7(), cart_id=self.cart_id, buyer=BUYER, **changes)

    def order(self) -> Order:
        """The one order there is."""
        return Order.objects.get()


@contextmanager
def a_world(**changes: Any) -> Iterator[World]:
    """Orders alone, in this world."""
    world = World(**changes)
    with fake_ports(
        cart={name: getattr(world, name) for name in ("get_quote", "check_out", "reopen", "fill_cart")},
        catalog={
            name: getattr(world, name)
            for name in (
                "reserve_stock",
                "commit_reservation",
                "release_reservation",
                "restock",
                "get_locations",
                "take_back",
            )
        },
        payments={
            name: getattr(world, name)
            for name in (
                "open_payment",
                "get_payment",
                "get_payment_sheet",
                "cancel_payment",
                "void_payment",
                "promise_capture",
                "withdraw_promise",
                "capture_payment",
                "refund_payment",
            )
        },
    ):
        yield world


def deliver_all(order: Order) -> Order:
    """Pay it, ship it in one parcel, and hand that over."""
    transact("orders", lambda: accept_payment(order_id=order.pk, amount=order.money("total")))
    advance_due_orders()
    stored = Order.objects.get(pk=order.pk)
    parcel = ship_parcel(stored, parcel_id=uuid7(), label=Label(), wanted=None, actor="staff:1")
    deliver_parcel(Order.objects.get(pk=order.pk), parcel_id=parcel.pk, actor="staff:1")
    return Order.objects.get(pk=order.pk)
