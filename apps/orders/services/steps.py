"""The saga: one function per state that has something to do. Read it as a table, from `STEPS`.

A step runs with no transaction open, calls out with keys derived from the order's id, and answers
where to go; the driver (advance_order.py) then moves the order. It may run twice, at the same time
even: every call is known by its key, and only one of the moves wins. It raises Unavailable when it
does not know; any other error is a bug, is logged, and the step is tried again later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from apps.cart import api as cart
from apps.cart.contracts import CartChanged, CartNotFound, CartOrdered
from apps.catalog import api as catalog
from apps.catalog.contracts import HoldState, OutOfStock, ReservationLost, StockLine, UnknownSku
from apps.orders import queries
from apps.orders.contracts import CancelReason, OrderStatus
from apps.orders.models import Order, OrderLine, OrderRefund
from apps.payments import api as payments
from apps.payments.contracts import (
    Payer,
    PaymentMethod,
    PaymentNotFound,
    PaymentRefused,
    PaymentSheet,
    PaymentStatus,
    RefundRefused,
    RefundStatus,
)
from shop import clock
from shop.errors import DomainError
from shop.money import Money

from . import news
from .move_order import Go
from .payment_terms import pay_until

S = OrderStatus


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Nothing can be known yet: run this step again after a back-off."""

    why: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A move, and the sheet that the provider just answered, so that nobody need ask again."""

    go: Go
    sheet: PaymentSheet


Outcome = Go | Opened | LookAgain


def check_out_and_reserve(order: Order) -> Outcome:
    """Rows 0b and 1: close the cart, then hold the stock; or give up with the reason as the answer."""
    lines = OrderLine.objects.filter(order_id=order.pk).order_by("sku")
    wanted = tuple(StockLine(sku=line.sku, quantity=line.quantity) for line in lines)
    try:
        cart.check_out(order_id=order.pk, cart_id=order.cart_id, revision=order.cart_revision)
        held = catalog.reserve_stock(order_id=order.pk, lines=wanted, hold_seconds=order.hold_seconds)
    except CartOrdered as refusal:
        return _failed(CancelReason.CART_ORDERED, news.with_number_of_first_order(refusal))
    except (CartChanged, CartNotFound) as refusal:
        return _failed(CancelReason.CART_CHANGED, refusal)
    except (OutOfStock, UnknownSku) as refusal:
        return _failed(CancelReason.OUT_OF_STOCK, refusal)
    if held.state != HoldState.HELD:
        return _failed(CancelReason.OUT_OF_STOCK, OutOfStock("The stock of this order was given back."))
    now = clock.now()
    return Go(
        S.RESERVED, due=now, changes={"pay_until": pay_until(PaymentMethod(order.payment_method), reserved_at=now)}
    )


def open_payment(order: Order) -> Outcome:
    """Row 2: open the one payment, unless its time is over; a total of nothing, or a fast buyer, is paid already."""
    if order.pay_until is not None and order.pay_until <= clock.now():
        return give_up_unpaid(order)
    total = order.money("total")
    try:
        sheet = payments.open_payment(
            order_id=order.pk,
            order_number=order.number,
            amount=total,
            email=order.email,
            method=PaymentMethod(order.payment_method),
            payer=_payer(order),
        )
    except PaymentRefused as refusal:
        return _failed(CancelReason.PAYMENT_REFUSED, refusal)
    return _opened(order, sheet)


def _payer(order: Order) -> Payer | None:
    """Who was logged in. A guest who names the address of a customer gets nothing of what that one has saved."""
    if not order.by_customer or order.customer_id is None:
        return None
    return Payer(order.customer_id, save_method=order.save_payment_method)


def _opened(order: Order, sheet: PaymentSheet) -> Outcome:
    if sheet.status == PaymentStatus.SUCCEEDED:
        return Opened(paid(order, sheet.amount), sheet)
    if sheet.status == PaymentStatus.AUTHORIZED:
        return Opened(authorized(order, sheet.amount), sheet)
    if sheet.status == PaymentStatus.CANCELED:
        return _failed(CancelReason.PAYMENT_REFUSED, PaymentRefused("The payment was closed.", reason="canceled"))
    asks = (news.bank_transfer_awaited(order, sheet.instructions),) if sheet.instructions else ()
    return Opened(Go(S.AWAITING_PAYMENT, due=order.pay_until, changes={"told": True}, events=asks), sheet)


def give_up_unpaid(_order: Order) -> Go:
    """C1: the pay window is over."""
    return Go(S.CANCELLING, CancelReason.UNPAID, due=clock.now(), changes={"cancel_reason": CancelReason.UNPAID.value})


def close_payment_then_stock(order: Order) -> Outcome:
    """C2: only when no money can come any more is stock released; the provider decides the race."""
    if order.pay_until is not None:
        payment = payments.cancel_payment(order_id=order.pk)
        if payment.amount_authorized and payment.status != PaymentStatus.CANCELED:
            return authorized(order, payment.amount_authorized)
        if payment.status == PaymentStatus.SUCCEEDED:
            return paid(order, payment.amount_received)
        if payment.status != PaymentStatus.CANCELED:
            return LookAgain(f"the payment is {payment.status}")
    catalog.release_reservation(order_id=order.pk)
    cart.reopen(order_id=order.pk, cart_id=order.cart_id)
    return news.cancelled(order, refunded=False)


def sell_stock(order: Order) -> Outcome:
    """Row 6: held becomes sold; without stock the money goes back."""
    try:
        catalog.commit_reservation(order_id=order.pk)
    except ReservationLost:
        return refund(order, CancelReason.STOCK_LOST)
    return news.confirmed(order)


def send_money_back(order: Order) -> Outcome:
    """C3: each refund by its own id, then the stock: sold is put back on the shelf, held is released.

    What is only set aside is let go first, so that no refund is needed; what was captured of it, in parts or just
    before, is sent back as any money.
    """
    kept = queries.kept_of(order) if order.authorized_minor else 0
    if order.authorized_minor > order.paid_minor or kept:
        payment = payments.void_payment(order_id=order.pk)
        came = payment.amount_received.amount
        if kept - order.paid_minor + came > 0:
            return refund(order, CancelReason(order.cancel_reason), paid_minor=came)
        if payment.status not in (PaymentStatus.CANCELED, PaymentStatus.SUCCEEDED):
            return LookAgain(f"the payment is {payment.status}")
    asked = list(OrderRefund.objects.filter(order_id=order.pk, state=OrderRefund.State.ASKED).order_by("at"))
    for row in asked:
        try:
            answer = payments.refund_payment(
                refund_id=row.pk, order_id=order.pk, amount=Money(row.amount_minor, row.currency), reason=row.reason
            )
        except (RefundRefused, PaymentNotFound) as refusal:
            return _refused(row, str(refusal))
        if answer.status == RefundStatus.FAILED:
            return _refused(row, "the provider could not send it")
    if catalog.release_reservation(order_id=order.pk).state == HoldState.SOLD:
        catalog.restock(order_id=order.pk)
    return news.cancelled(order, refunded=order.paid_minor > 0, sent=[row.pk for row in asked])


STEPS: dict[OrderStatus, Callable[[Order], Outcome]] = {
    S.PENDING: check_out_and_reserve,  # -> reserved | cancelling
    S.RESERVED: open_payment,  # -> awaiting_payment | paid | cancelling
    S.AWAITING_PAYMENT: give_up_unpaid,  # -> cancelling, when due: the pay window is over
    S.CANCELLING: close_payment_then_stock,  # -> cancelled | paid
    S.PAID: sell_stock,  # -> confirmed | refunding
    S.REFUNDING: send_money_back,  # -> cancelled | review
}
"""What is done in each state. A state that is not here waits for people: staff, carriers."""


def paid(order: Order, amount: Money) -> Go:
    """Where an order goes when all of `amount` came: on, or to review if it is not its total."""
    return _covered(order, amount, "payment_succeeded", {"paid_minor": amount.amount})


def authorized(order: Order, amount: Money) -> Go:
    """The same when `amount` is only set aside: it is captured with the first parcel."""
    return _covered(order, amount, "payment_authorized", {"authorized_minor": amount.amount})


def _covered(order: Order, amount: Money, reason: str, money: dict[str, int]) -> Go:
    now = clock.now()
    changes = {**money, "paid_at": now, "told": True, "cancel_reason": "", "failure": None}
    fits = amount == order.money("total")
    if fits:
        return Go(S.PAID, reason, due=now, changes=changes)
    return Go(S.REVIEW, "amount_differs", f"{amount} came for {order.money('total')}", changes=changes)


def refund(order: Order, reason: CancelReason, *, detail: str = "", paid_minor: int | None = None) -> Go:
    """Start to send back all that is kept of what was paid: what staff sent back before is not sent twice.

    While something is still set aside nobody knows how much that is: the step asks for it when the rest is let go.
    """
    unknown = paid_minor is None and order.authorized_minor > order.paid_minor
    paid = order.paid_minor if paid_minor is None else paid_minor
    kept = queries.kept_of(order) - order.paid_minor + paid
    return Go(
        S.REFUNDING,
        reason.value,
        detail,
        due=clock.now(),
        changes={"cancel_reason": order.cancel_reason or reason.value, "paid_minor": paid},
        also=lambda: None if unknown else news.ask_refund(order, kept, reason),
    )


def let_go(order: Order, amount: Money) -> Go:
    """Money was set aside for an order that is over: it must not stay so."""
    late = CancelReason.LATE_PAYMENT.value
    changes = {"cancel_reason": order.cancel_reason or late, "authorized_minor": amount.amount}
    return Go(S.REFUNDING, late, due=clock.now(), changes=changes)


def _failed(reason: CancelReason, answer: DomainError) -> Go:
    return Go(
        S.CANCELLING,
        reason.value,
        answer.detail,
        due=clock.now(),
        changes={"cancel_reason": reason.value, "failure": answer.to_wire()},
    )


def _refused(row: OrderRefund, why: str) -> Go:
    return Go(
        S.REVIEW,
        "refund_refused",
        why,
        also=lambda: OrderRefund.objects.filter(pk=row.pk).update(
            state=OrderRefund.State.REFUSED, failure=why[:500], due=None
        ),
    )
