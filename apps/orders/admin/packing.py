"""A parcel is packed on the order's page: how many of each line, and what it is followed by."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest

from apps.orders.models import Order, OrderLine
from apps.orders.rules import TO_BE_SHIPPED
from apps.orders.services.ship_parcel import Label, ship_parcel
from shop.errors import FieldError, Invalid
from shop.ids import uuid7
from shop.staff import words

from .by_hand import count_of, operation_in, said_in
from .words import TrackingForm, find_order


def form_of_parcel(order: Order) -> dict[str, Any]:
    """What is left of each line; a form is one parcel, however often it is sent."""
    if order.state not in TO_BE_SHIPPED:
        return {}
    lines = OrderLine.objects.filter(order_id=order.pk).order_by("position")
    left = [{"line": line, "left": line.quantity - line.shipped} for line in lines if line.quantity > line.shipped]
    return {"to_pack": left, "parcel_operation": uuid7()}


def ship(request: HttpRequest, order_id: UUID) -> str:
    """One parcel with what was packed. Raises Invalid, IllegalMove, NothingLeftToShip and Unavailable."""
    order, said = find_order(order_id), said_in(TrackingForm(request.POST))
    lines = OrderLine.objects.filter(order_id=order.pk).order_by("position")
    packed = {line.sku: count_of(request.POST.get(f"pack-{line.pk}", ""), "quantity") for line in lines}
    wanted = {sku: count for sku, count in packed.items() if count}
    if not wanted:
        raise Invalid(errors=(FieldError("/quantity", "empty", "Say how many of which line are in the parcel."),))
    parcel = ship_parcel(
        order, parcel_id=operation_in(request), label=Label(**said), wanted=wanted, actor=f"staff:{request.user.pk}"
    )
    order.refresh_from_db()
    return f"{parcel} left with {sum(wanted.values())} in it. {order.number} is {words(order.status)}."
