"""Reads of orders."""

from __future__ import annotations

from uuid import UUID

from shop import clock

from .contracts import OrderNotFound
from .models import Order, OrderEvent, OrderLine


def find_due(limit: int) -> list[Order]:
    """The orders that the saga must look at now, those that wait longest first."""
    return list(Order.objects.filter(due__lte=clock.now()).order_by("due")[:limit])


def get_order_of(*, number: str, order_id: UUID) -> Order:
    """The order with this number if it also has this id; a stranger's order does not exist."""
    order = Order.objects.filter(pk=order_id, number=number).first()
    if order is None:
        raise OrderNotFound("You have no order with this number.")
    return order


def get_lines(order_id: UUID) -> list[OrderLine]:
    """In the order of the cart."""
    return list(OrderLine.objects.filter(order_id=order_id).order_by("position"))


def get_timeline(order_id: UUID) -> list[OrderEvent]:
    """Oldest first."""
    return list(OrderEvent.objects.filter(order_id=order_id).order_by("at", "id"))
