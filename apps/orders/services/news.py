"""What an order tells others when it ends well or not, and the rows that go with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.cart.contracts import CartOrdered
from apps.orders.contracts import (
    BankTransferAwaited,
    CancelReason,
    OrderCancelled,
    OrderConfirmed,
    OrderedLine,
    OrderPaymentFailed,
    OrderRefunded,
    OrderStatus,
)
from apps.orders.models import Order, OrderLine, OrderRefund
from apps.payments.contracts import BankInstructions
from shop import clock
from shop.events import Event
from shop.ids import derived_id
from shop.money import Money

from .move_order import Go
from .payment_terms import pay_before


def whose(order: Order) -> dict[str, Any]:
    """What every event for the buyer says first: which order, and whom to tell."""
    return {
        "order_id": order.pk,
        "number": order.number,
        "customer_id": order.customer_id,
        "email": order.email,
        "phone": order.phone,
        "erased": order.let_go,
    }


def confirmed(order: Order) -> Go:
    """To confirmed, with the event that carries all that a mail needs; told once, also after a review."""
    now = clock.now()
    lines = OrderLine.objects.filter(order_id=order.pk).order_by("position")
    event = OrderConfirmed(
        **whose(order),
        lines=tuple(_line(line, order.currency) for line in lines),
        subtotal=order.money("subtotal"),
        shipping=order.money("shipping"),
        tax=order.money("tax"),
        tax_included=order.tax_included,
        total=order.money("total"),
        confirmed_at=now,
    )
    if order.confirmed_at is not None:
        return Go(OrderStatus.CONFIRMED)
    return Go(OrderStatus.CONFIRMED, events=(event,), changes={"confirmed_at": now})


def cancelled(order: Order, *, refunded: bool, sent: Sequence[UUID] = ()) -> Go:
    """To cancelled. Told once, and only if the buyer knows of the order: a placement that failed was its own answer."""
    now = clock.now()
    event = OrderCancelled(
        **whose(order),
        reason=order.cancel_reason,
        total=order.money("total"),
        refunded=refunded,
        cancelled_at=now,
    )
    first = order.cancelled_at is None
    return Go(
        OrderStatus.CANCELLED,
        order.cancel_reason,
        events=(event,) if order.told and first else (),
        changes={
            "cancelled_at": order.cancelled_at or now,
            "authorized_minor": order.authorized_minor if order.paid_minor else 0,  # let go, if it was not captured
        },
        also=lambda: _mark_sent(sent),
    )


def refunded(order: Order, refund_id: UUID, amount: Money, reason: str) -> Event:
    """The event of one refund that the provider has done."""
    return OrderRefunded(
        **whose(order),
        refund_id=refund_id,
        amount=amount,
        reason=reason,
        refunded_at=clock.now(),
    )


def payment_failed(order: Order, failure_id: UUID, reason: str, at: datetime) -> Event:
    """The event of one attempt that was declined."""
    return OrderPaymentFailed(
        **whose(order),
        failure_id=failure_id,
        reason=reason,
        pay_before=order.pay_until,
        failed_at=at,
    )


def bank_transfer_awaited(order: Order, instructions: BankInstructions) -> Event:
    """The event that tells the buyer where to send the money, and until when."""
    return BankTransferAwaited(
        **whose(order),
        holder=instructions.holder,
        iban=instructions.iban,
        bic=instructions.bic,
        reference=instructions.reference,
        amount=instructions.amount,
        pay_before=pay_before(order.pay_until),
        awaited_at=clock.now(),
    )


def ask_refund(order: Order, amount_minor: int, reason: CancelReason) -> None:
    """The row of the rest, inside the move's transaction; nothing kept is no row.

    Only what is not on its way is asked for, so each time is another refund with another id.
    """
    if amount_minor <= 0:
        return
    before = OrderRefund.objects.filter(order_id=order.pk, reason=reason.value).count()
    OrderRefund(
        id=derived_id(order.pk, f"refund:{reason.value}" + (f":{before + 1}" if before else "")),
        order_id=order.pk,
        amount_minor=amount_minor,
        currency=order.currency,
        reason=reason.value,
    ).save(force_insert=True)


def with_number_of_first_order(refusal: CartOrdered) -> CartOrdered:
    """The same refusal, telling which order has the cart: its holder is that order's buyer."""
    first = Order.objects.filter(pk=str(refusal.params["order_id"])).values_list("number", flat=True).first()
    return CartOrdered(refusal.detail, **refusal.params, number=first) if first else refusal


def _mark_sent(refunds: Sequence[UUID]) -> None:
    if refunds:
        rows = OrderRefund.objects.filter(pk__in=refunds, state=OrderRefund.State.ASKED)
        rows.update(state=OrderRefund.State.SENT, due=None)


def _line(line: OrderLine, currency: str) -> OrderedLine:
    return OrderedLine(
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        unit_price=Money(line.unit_price_minor, currency),
        total=Money(line.total_minor, currency),
    )
