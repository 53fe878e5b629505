"""The states that an order can be in, each reached once as it is in life, and all that can happen to it there."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from itertools import groupby
from typing import Any
from uuid import UUID

from django.db.models import Model

from apps.cart.contracts import CartChanged
from apps.catalog.contracts import OutOfStock, ReservationLost
from apps.orders.contracts import CancelReason, OrderStatus, RefundReason, ReturnReason
from apps.orders.models import Order, OrderCapture, OrderLine, OrderRefund, Parcel, ParcelLine
from apps.orders.services.cancel_order import cancel_order
from apps.orders.services.deliver_parcel import deliver_parcel
from apps.orders.services.refund_order import refund_order
from apps.orders.services.request_return import Wish, request_return
from apps.orders.services.settle_review import Decision, settle_review
from apps.orders.services.ship_parcel import Label, ship_parcel
from apps.orders.tasks import advance_due_orders
from apps.orders.tests.doubles import World, a_world, eur
from apps.payments import contracts as told
from apps.payments.contracts import PaymentRefused, PaymentStatus, RefundRefused
from shop import clock
from shop.db import transact
from shop.errors import Unavailable
from shop.events import Event
from shop.events.declare import HANDLERS
from shop.ids import uuid7
from shop.testing.flush import flush

S = OrderStatus
OTHER = eur(1)
"""No order's total."""
PART = eur(1)
STORED: tuple[type[Model], ...] = (Order, OrderLine, Parcel, ParcelLine, OrderRefund, OrderCapture)
Rows = list[list[dict[str, Any]]]
SOON, LATE = timedelta(minutes=1), timedelta(minutes=31)
"""After every back-off, and after the pay window."""
PORTS = (
    "check_out", "reserve_stock", "open_payment", "cancel_payment", "void_payment", "commit_reservation",
    "refund_payment", "release_reservation",
)  # fmt: skip
"""What the steps ask."""
NEWS: set[type[Event]] = {
    told.PaymentSucceeded, told.PaymentAuthorized, told.PaymentPartlyCaptured, told.PaymentCaptured, told.PaymentVoided,
    told.PaymentFailed, told.PaymentDisputed, told.RefundSucceeded, told.RefundFailed,
}  # fmt: skip
MOVERS = {
    "advance_order", "accept_payment", "accept_capture", "accept_refund", "cancel_order", "settle_review",
    "ship_parcel", "deliver_parcel",
}  # fmt: skip
"""The services that move an order; what happens here goes through each."""


@dataclass
class Case:
    """An order in one state, and the contexts around it."""

    world: World
    before: Rows = field(default_factory=list)
    """What was stored when it began."""

    @property
    def order(self) -> Order:
        """As it is stored."""
        return self.world.order()

    # --- what can happen ---------------------------------------------------------------------------------------------

    def tell(self, event: Event) -> None:
        """Payments tells orders, as the inbox does: in one transaction."""
        [handler] = HANDLERS["orders", event.name]
        transact("orders", lambda: handler.function(event))

    def refund_id(self) -> UUID:
        """Of the one refund that this order has, or of one that is not its own."""
        return next(iter(OrderRefund.objects.values_list("pk", flat=True)), uuid7())

    def work(self, after: timedelta = SOON) -> None:
        """Beat ticks."""
        with clock.shifted(after):
            advance_due_orders()

    def cancel(self, actor: str = "buyer", reason: CancelReason = CancelReason.CUSTOMER) -> None:
        cancel_order(self.order, actor=actor, reason=reason)

    def settle(self, decision: Decision) -> None:
        settle_review(self.order, decision=decision, actor="staff:1", detail="looked at")

    def ship(self, count: int | None = None) -> None:
        wanted = None if count is None else {"A": count}
        ship_parcel(self.order, parcel_id=uuid7(), label=Label(), wanted=wanted, actor="staff:1")

    def deliver(self) -> None:
        parcel_id = next(iter(Parcel.objects.values_list("pk", flat=True)), uuid7())
        deliver_parcel(self.order, parcel_id=parcel_id, actor="staff:1")

    def refund_part(self) -> None:
        refund_order(
            self.order, refund_id=uuid7(), amount=eur(100), reason=RefundReason.GOODWILL, detail="", actor="staff:1"
        )

    def ask_return(self) -> None:
        request_return(self.order, return_id=uuid7(), wish=Wish({"A": 1}, ReturnReason.UNWANTED), actor="buyer")


def paid(case: Case) -> None:
    case.tell(told.PaymentSucceeded(case.order.pk, case.order.money("total"), clock.now()))


def paid_otherwise(case: Case) -> None:
    case.tell(told.PaymentSucceeded(case.order.pk, OTHER, clock.now()))


def set_aside(case: Case) -> None:
    case.tell(told.PaymentAuthorized(case.order.pk, case.order.money("total"), clock.now()))


def set_aside_otherwise(case: Case) -> None:
    case.tell(told.PaymentAuthorized(case.order.pk, OTHER, clock.now()))


def captured(case: Case) -> None:
    case.tell(told.PaymentCaptured(case.order.pk, case.order.money("total"), clock.now()))


def captured_in_part(case: Case) -> None:
    case.tell(told.PaymentPartlyCaptured(case.order.pk, PART, PART, clock.now()))


def lapsed(case: Case) -> None:
    case.tell(told.PaymentVoided(case.order.pk, case.order.money("total"), told.VoidReason.EXPIRED, clock.now()))


def voided(case: Case) -> None:
    case.tell(told.PaymentVoided(case.order.pk, case.order.money("total"), told.VoidReason.CANCELED, clock.now()))


def declined(case: Case) -> None:
    case.tell(told.PaymentFailed(case.order.pk, uuid7(), "card_declined", clock.now()))


def disputed(case: Case) -> None:
    status = told.DisputeStatus.OPEN
    case.tell(told.PaymentDisputed(case.order.pk, "du_1", OTHER, "fraudulent", status, None, clock.now()))


def refund_went(case: Case) -> None:
    case.tell(told.RefundSucceeded(case.order.pk, case.refund_id(), OTHER, "customer", clock.now()))


def refund_failed(case: Case) -> None:
    case.tell(told.RefundFailed(case.order.pk, case.refund_id(), OTHER, "closed_account", clock.now()))


def step(case: Case) -> None:
    """All is well."""
    case.work()


def step_late(case: Case) -> None:
    """The pay window is over."""
    case.work(LATE)


def step_unanswered(case: Case) -> None:
    """Nobody knows what became of it."""
    for port in PORTS:
        case.world.fail(port, Unavailable("down"))
    case.work()


def step_refused(case: Case) -> None:
    """Each asked says no."""
    world = case.world
    world.fail("reserve_stock", OutOfStock("None left."))
    world.fail("open_payment", PaymentRefused("No.", reason="amount_too_small"))
    world.fail("commit_reservation", ReservationLost("Gone."))
    world.fail("refund_payment", RefundRefused("No.", reason="balance"))
    world.cancels_as = world.voids_as = PaymentStatus.PROCESSING
    case.work()


def step_cart_changed(case: Case) -> None:
    case.world.fail("check_out", CartChanged("Another revision."))
    case.work()


def step_bug(case: Case) -> None:
    for port in PORTS:
        case.world.fail(port, ZeroDivisionError("a bug"))
    case.work()


def step_overtaken(case: Case) -> None:
    """The buyer's money was faster."""
    world = case.world
    world.payment = ""
    world.opens_as = world.cancels_as = world.voids_as = PaymentStatus.SUCCEEDED
    case.work()


def step_overtaken_otherwise(case: Case) -> None:
    case.world.paid = 1
    step_overtaken(case)


def step_set_aside(case: Case) -> None:
    """It was set aside faster than we asked."""
    world = case.world
    world.payment, world.set_aside = "", True
    world.opens_as = world.cancels_as = PaymentStatus.AUTHORIZED
    case.work()


def cancelled_by_buyer(case: Case) -> None:
    case.cancel()


def cancelled_by_staff(case: Case) -> None:
    case.cancel("staff:1", CancelReason.STAFF)


def accepted(case: Case) -> None:
    case.settle(Decision.ACCEPT)


def sent_back(case: Case) -> None:
    case.settle(Decision.REFUND)


def sent_back_by_hand(case: Case) -> None:
    case.settle(Decision.REFUNDED_BY_HAND)


def sent(case: Case) -> None:
    case.ship()


def sent_in_part(case: Case) -> None:
    case.ship(1)


def delivered(case: Case) -> None:
    case.deliver()


def refunded_in_part(case: Case) -> None:
    case.refund_part()


def return_asked(case: Case) -> None:
    case.ask_return()


Happening = Callable[[Case], None]


# --- how each state is reached ---------------------------------------------------------------------------------------


def _placed(case: Case, *before: Happening) -> None:
    for happening in before:
        happening(case)
    case.world.place()


def _do(case: Case, *happenings: Happening) -> None:
    _placed(case)
    for happening in happenings:
        happening(case)


def _of_three(case: Case, *happenings: Happening) -> None:
    case.world.count = 3
    _do(case, *happenings)


def _set(**values: Any) -> Happening:
    def change(case: Case) -> None:
        for name, value in values.items():
            setattr(case.world, name, value)

    return change


def _no_answer(port: str) -> Happening:
    return lambda case: case.world.fail(port, Unavailable("down"))


def _refund_is_refused(case: Case) -> None:
    case.world.fail("refund_payment", RefundRefused("No.", reason="balance"))


SITUATIONS: dict[str, tuple[OrderStatus, Callable[[Case], None]]] = {
    "pending": (S.PENDING, lambda case: _placed(case, _no_answer("reserve_stock"))),
    "reserved": (S.RESERVED, lambda case: _placed(case, _no_answer("open_payment"))),
    "awaiting_payment": (S.AWAITING_PAYMENT, _do),
    "cancelling": (
        S.CANCELLING,
        lambda case: _do(case, _set(cancels_as=PaymentStatus.PROCESSING), cancelled_by_buyer,
                         _set(cancels_as=PaymentStatus.CANCELED, payment="")),
    ),
    "paid": (S.PAID, lambda case: _do(case, paid)),
    "paid, set aside": (S.PAID, lambda case: _do(case, _set(set_aside=True), set_aside)),
    "confirmed": (S.CONFIRMED, lambda case: _do(case, paid, step)),
    "confirmed, set aside": (S.CONFIRMED, lambda case: _do(case, _set(set_aside=True), set_aside, step)),
    "partly_shipped": (S.PARTLY_SHIPPED, lambda case: _do(case, paid, step, sent_in_part)),
    "partly_shipped, two left": (S.PARTLY_SHIPPED, lambda case: _of_three(case, paid, step, sent_in_part)),
    "shipped": (S.SHIPPED, lambda case: _do(case, paid, step, sent)),
    "shipped, refunded in part": (S.SHIPPED, lambda case: _do(case, paid, step, sent, refunded_in_part)),
    "delivered": (S.DELIVERED, lambda case: _do(case, paid, step, sent, delivered)),
    "refunding": (S.REFUNDING, lambda case: _do(case, paid, step, _no_answer("refund_payment"), cancelled_by_buyer)),
    "refunding, set aside": (
        S.REFUNDING,
        lambda case: _do(case, _set(set_aside=True), set_aside, step, _no_answer("void_payment"), cancelled_by_buyer),
    ),
    "cancelled": (S.CANCELLED, lambda case: _do(case, cancelled_by_buyer)),
    "cancelled, refunded": (S.CANCELLED, lambda case: _do(case, paid, step, cancelled_by_buyer)),
    "review": (S.REVIEW, lambda case: _do(case, paid_otherwise)),
    "review, refund refused": (S.REVIEW, lambda case: _do(case, paid, step, _refund_is_refused, cancelled_by_buyer)),
    "review, lapsed": (S.REVIEW, lambda case: _do(case, _set(set_aside=True), set_aside, step, lapsed)),
}  # fmt: skip
"""Name -> state, and the way into it. A state has several where its past decides what may follow."""


@cache
def _reached(name: str) -> tuple[World, list[Model], Rows]:
    """The world and the rows of this situation, reached once; orders must be empty, and is left so."""
    status, reach = SITUATIONS[name]
    with a_world() as world:
        reach(Case(world))
        assert Order.objects.get().status == status, f"{name} was not reached"
    rows, values = [row for model in STORED for row in model._default_manager.order_by("pk")], stored()
    flush(["orders"])
    return world, rows, values


def reach_all() -> None:
    """The ways into all of them, before a test changes how steps run."""
    for name in SITUATIONS:
        _reached(name)


def put(name: str, world: World) -> Case:
    """Bring this world, and empty tables, into the situation; its timeline begins anew."""
    around, rows, values = _reached(name)
    vars(world).update(deepcopy(vars(around)))
    for model, its in groupby(rows, type):
        model._default_manager.bulk_create(list(its))
    return Case(world, values)


def stored() -> Rows:
    """Every row of the order but its timeline."""
    return [list(model._default_manager.order_by("pk").values()) for model in STORED]
