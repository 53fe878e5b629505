"""Cancel an order before it is shipped: by its buyer, or by staff with a reason."""

from __future__ import annotations

import time

from django.conf import settings

from apps.orders.contracts import CancelReason, IllegalMove, OrderStatus
from apps.orders.models import Order
from apps.orders.rules import GIVE_UP, GIVEN_UP
from shop.errors import Unavailable

from .advance_order import advance_order, lease_end, wake_saga
from .move_order import Go, move_order
from .steps import refund

TRIES = 5


def cancel_order(order: Order, *, actor: str, reason: CancelReason, detail: str = "") -> Order:
    """Give `order` up and run the saga's undoing for at most PLACE_ORDER_BUDGET_SECONDS; a worker does the rest.

    Repeating it answers what is. If the buyer's payment was faster, the answer is an order that is paid:
    the provider decides. Raises IllegalMove once it is shipped.
    """
    for _ in range(TRIES):
        if order.state in GIVEN_UP or _is_for_staff(order, reason):
            return order
        if order.state not in GIVE_UP:
            raise IllegalMove(f"An order that is {order.status} cannot be cancelled.", status=order.status)
        if move_order(order, _go(order, actor, reason, detail), attempts=1):
            advance_order(order, until=time.monotonic() + settings.PLACE_ORDER_BUDGET_SECONDS)
            return order
        order.refresh_from_db()
    wake_saga()
    raise Unavailable("The order is changing right now.", retry_after=1)  # never stored as an answer: ask again


def _is_for_staff(order: Order, reason: CancelReason) -> bool:
    """Given up already, but its money could not be sent back: a buyer who repeats it does not try again."""
    return order.state == OrderStatus.REVIEW and bool(order.cancel_reason) and reason != CancelReason.STAFF


def _go(order: Order, actor: str, reason: CancelReason, detail: str) -> Go:
    if GIVE_UP[order.state] == OrderStatus.REFUNDING:
        go = refund(order, reason, detail=detail)
    else:
        go = Go(OrderStatus.CANCELLING, reason.value, detail, changes={"cancel_reason": reason.value, "told": True})
    return Go(go.to, go.reason, go.detail, due=lease_end(), changes=go.changes, also=go.also, actor=actor)
