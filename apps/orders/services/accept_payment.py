"""Money came: move on, in any state that is not final. It may be faster than our own step, or too late."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from apps.orders.contracts import CancelReason, OrderStatus
from apps.orders.models import Order
from apps.orders.rules import GIVEN_UP, OPEN_FOR_MONEY
from shop.events import publish
from shop.money import Money

from . import news
from .advance_order import wake_saga
from .move_order import Go, move_order, note_order
from .steps import authorized, let_go, paid, refund

logger = logging.getLogger(__name__)

ACTOR = "payments"
TRIES = 5


def accept_payment(*, order_id: UUID, amount: Money) -> None:
    """Move the order on because all of `amount` is ours. Stale news is ignored. Runs inside one transaction."""
    _accept(order_id, amount, _go)


def accept_authorization(*, order_id: UUID, amount: Money) -> None:
    """Move the order on because `amount` is set aside for it; what comes too late is let go of."""
    _accept(order_id, amount, _go_authorized)


def _accept(order_id: UUID, amount: Money, decide: Callable[[Order, Money], Go | None]) -> None:
    for _ in range(TRIES):
        order = Order.objects.filter(pk=order_id).first()
        if order is None:
            logger.error("payment for an order that does not exist: %s", order_id)
            return
        go = decide(order, amount)
        if go is None:
            return
        if move_order(order, replace(go, actor=ACTOR)):
            wake_saga()
            return
    raise RuntimeError(f"Order {order_id} changes too fast")


def note_failed_payment(*, order_id: UUID, failure_id: UUID, reason: str, failed_at: datetime) -> None:
    """An attempt was declined: the timeline tells it, and the buyer as long as they may try another one."""
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        return
    note_order(order, "payment_failed", detail=reason, actor=ACTOR)
    if order.state in OPEN_FOR_MONEY and order.state not in GIVEN_UP:
        publish(news.payment_failed(order, failure_id, reason, failed_at), key=order.pk)


def _go(order: Order, amount: Money) -> Go | None:
    if order.state in OPEN_FOR_MONEY:
        return paid(order, amount)
    late = order.state == OrderStatus.CANCELLED and not order.paid_minor and amount
    return refund(order, CancelReason.LATE_PAYMENT, paid_minor=amount.amount) if late else None


def _go_authorized(order: Order, amount: Money) -> Go | None:
    if order.state in OPEN_FOR_MONEY:
        return authorized(order, amount)
    late = order.state == OrderStatus.CANCELLED and not order.paid_minor
    return let_go(order, amount) if late else None
