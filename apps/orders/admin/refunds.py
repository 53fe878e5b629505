"""A part of an order's money goes back, by the form on its page."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from apps.orders import queries
from apps.orders.contracts import OrderNotFound, RefundReason
from apps.orders.models import Order
from apps.orders.services.refund_order import refund_order
from shop.ids import uuid7
from shop.money import Money

from .by_hand import chosen, money_in, operation_in


def form_of_refund(order: Order) -> dict[str, Any]:
    """What the form shows; none if nothing is kept of the money."""
    kept = queries.kept_of(order)
    reasons = [(one.value, one.value.replace("_", " ")) for one in RefundReason if one is not RefundReason.RETURNED]
    shown = {"kept": Money(kept, order.currency), "refund_reasons": reasons, "operation": uuid7()}
    return {"may_refund": True, **shown} if kept > 0 else {}


def refund_part(request: HttpRequest, order_id: UUID) -> str:
    """Send it; the buyer is told. Raises what `refund_order` does."""
    order = Order.objects.filter(pk=order_id).first()
    if order is None:
        raise OrderNotFound("There is no such order.")
    row = refund_order(
        order,
        refund_id=operation_in(request),
        amount=money_in(request, order.currency),
        reason=chosen(RefundReason, request.POST.get("reason", ""), "reason"),
        detail=request.POST.get("detail", "").strip()[:200],
        actor=f"staff:{request.user.pk}",
    )
    return f"{row.amount} of {order.number} go back: {row.get_state_display()}."
