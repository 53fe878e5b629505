"""What became of authorized money: it was captured, whole or in part, or let go. Each runs inside one transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F

from apps.orders.contracts import OrderStatus
from apps.orders.models import Order
from apps.payments.contracts import VoidReason
from shop.money import Money

from .accept_payment import ACTOR, TRIES, accept_payment
from .move_order import Go, move_order, note_order

TAKEN_FOR_GRANTED = frozenset({OrderStatus.PAID, OrderStatus.CONFIRMED})
"""Nothing was shipped yet, and it would be next."""
EXPIRED = "authorization_expired"


def accept_capture(*, order_id: UUID, amount: Money, let_go: bool = False, lapsed: bool = False) -> None:
    """Write down what came in all; the rest was let go, and not by a capture if `let_go` says so.

    If it `lapsed`, nobody has decided that the parts are enough: an order that counted on it waits for staff. One
    that never heard of the authorization treats it as any money that came.
    """
    for _ in range(TRIES):
        order = Order.objects.filter(pk=order_id).first()
        if order is None or not order.authorized_minor:
            accept_payment(order_id=order_id, amount=amount)
            return
        came = {"paid_minor": amount.amount, "authorized_minor": amount.amount}
        if lapsed and order.state in TAKEN_FOR_GRANTED:
            rest = Money(order.authorized_minor, order.currency) - amount
            done = move_order(order, Go(OrderStatus.REVIEW, EXPIRED, str(rest), changes=came, actor=ACTOR))
        else:
            stopped = _stopped(order) if let_go else {}
            done = _note(order, "payment_captured", amount, **came, **stopped)
        if done:
            return
    raise RuntimeError(f"Order {order_id} changes too fast")


def accept_part(*, order_id: UUID, amount: Money, total: Money) -> None:
    """More of what is set aside came, and the rest is still there."""
    for _ in range(TRIES):
        order = Order.objects.filter(pk=order_id).first()
        if order is None or not order.authorized_minor or total.amount <= order.paid_minor:
            return
        if _note(order, "payment_partly_captured", amount, paid_minor=total.amount):
            return
    raise RuntimeError(f"Order {order_id} changes too fast")


def accept_void(*, order_id: UUID, amount: Money, reason: VoidReason) -> None:
    """Nothing is set aside any more: an order that counted on it waits for staff, and nothing more of it is shipped."""
    code = EXPIRED if reason == VoidReason.EXPIRED else "payment_voided"
    for _ in range(TRIES):
        order = Order.objects.filter(pk=order_id).first()
        if order is None:
            return
        if order.state in TAKEN_FOR_GRANTED:
            changes = {"authorized_minor": 0}
            done = move_order(order, Go(OrderStatus.REVIEW, code, str(amount), changes=changes, actor=ACTOR))
        else:
            done = _note(order, code, amount, authorized_minor=0, **_stopped(order))
        if done:
            return
    raise RuntimeError(f"Order {order_id} changes too fast")


def _stopped(order: Order) -> dict[str, bool]:
    """What left cannot be taken back by a state; what did not leave stays until staff has decided."""
    return {"money_let_go": True} if order.state == OrderStatus.PARTLY_SHIPPED else {}


def _note(order: Order, code: str, amount: Money, **changes: Any) -> bool:
    """Moves nothing. False if somebody else changed the order first."""
    mine = Order.objects.filter(pk=order.pk, revision=order.revision)
    if not mine.update(revision=F("revision") + 1, **changes):
        return False
    note_order(order, code, detail=str(amount), actor=ACTOR)
    return True
