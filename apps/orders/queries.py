"""Reads of orders."""

from __future__ import annotations

import hmac
from uuid import UUID

from django.db.models import Q, QuerySet

from shop import clock

from .contracts import OrderNotFound, OrderStatus, ParcelNotFound, ReturnNotFound, ReturnStatus
from .models import (
    CapturePromise,
    Order,
    OrderCapture,
    OrderEvent,
    OrderLine,
    OrderRefund,
    Owner,
    Parcel,
    ParcelLine,
    Return,
    ReturnLine,
)


def find_due(limit: int) -> list[Order]:
    """The orders that the saga must look at now, those that wait longest first."""
    return list(Order.objects.filter(due__lte=clock.now()).order_by("due")[:limit])


def get_order_of(*, number: str, order_id: UUID) -> Order:
    """The order with this number if it also has this id; a stranger's order does not exist."""
    order = Order.objects.filter(pk=order_id, number=number).first()
    if order is None:
        raise OrderNotFound("You have no order with this number.")
    return order


def get_order_of_customer(*, number: str, customer_id: UUID) -> Order:
    """The customer's order with this number; another's does not exist."""
    order = Order.objects.filter(number=number, customer_id=customer_id).first()
    if order is None:
        raise OrderNotFound("You have no order with this number.")
    return order


def get_order(*, number: str) -> Order:
    """Whoever's order it is: for staff."""
    order = Order.objects.filter(number=number).first()
    if order is None:
        raise OrderNotFound("There is no order with this number.")
    return order


def all_orders() -> QuerySet[Order]:
    """For staff: everybody's."""
    return Order.objects.all()


def orders_of_customer(customer_id: UUID) -> QuerySet[Order]:
    """All that the customer knows of: a placement that failed was its own answer."""
    given_up = Q(status__in=[OrderStatus.CANCELLING, OrderStatus.CANCELLED])
    return Order.objects.filter(~given_up | Q(told=True), customer_id=customer_id)


def owner_of(email: str) -> UUID | None:
    """The customer who has shown that this address is theirs; of several the latest."""
    owners = Owner.objects.filter(email=email).order_by("-since").values_list("pk", flat=True)
    return owners.first()


def find_unsettled(limit: int) -> list[Owner]:
    """The owners whose orders must be looked at now."""
    return list(Owner.objects.filter(due__lte=clock.now()).order_by("due")[:limit])


def find_captures_due(limit: int) -> list[OrderCapture]:
    """The captures that must be asked for now, those that wait longest first."""
    due = OrderCapture.objects.filter(state=OrderCapture.State.ASKED, due__lte=clock.now())
    return list(due.order_by("due")[:limit])


def find_promises_due(limit: int) -> list[CapturePromise]:
    """Those that no parcel has left on in time, or of which payments has not heard that they are over."""
    return list(CapturePromise.objects.filter(due__lte=clock.now()).order_by("due")[:limit])


def get_lines(order_id: UUID) -> list[OrderLine]:
    """In the order of the cart."""
    return list(OrderLine.objects.filter(order_id=order_id).order_by("position"))


def get_timeline(order_id: UUID, *, for_staff: bool = False) -> list[OrderEvent]:
    """Oldest first; what staff note for themselves is for staff."""
    entries = OrderEvent.objects.filter(order_id=order_id).order_by("at", "id")
    return [entry for entry in entries if for_staff or entry.visible != OrderEvent.Visible.NOTHING]


def get_notes(order_id: UUID) -> list[OrderEvent]:
    """What staff wrote, for colleagues or for the buyer, oldest first."""
    moved = OrderEvent.Visible.MOVE
    return [entry for entry in get_timeline(order_id, for_staff=True) if entry.visible != moved]


def find_by_email(*, number: str, email: str) -> Order:
    """The order with this number, for whoever knows the address it was placed with; else OrderNotFound."""
    order = Order.objects.filter(number=number).first()
    placed_with = "" if order is None else order.email
    same = hmac.compare_digest(placed_with.casefold().encode(), email.strip().casefold().encode())
    if order is None or not same:
        raise OrderNotFound("No order has this number and this e-mail address.")
    return order


def get_parcels(order_id: UUID) -> list[tuple[Parcel, list[ParcelLine]]]:
    """Oldest first, each with what is in it; two reads."""
    parcels = list(Parcel.objects.filter(order_id=order_id).order_by("id"))
    lines = ParcelLine.objects.filter(parcel_id__in=[parcel.pk for parcel in parcels]).order_by("id") if parcels else []
    inside: dict[UUID, list[ParcelLine]] = {parcel.pk: [] for parcel in parcels}
    for line in lines:
        inside[line.parcel_id].append(line)
    return [(parcel, inside[parcel.pk]) for parcel in parcels]


def get_parcel(*, order_id: UUID, parcel_id: UUID) -> Parcel:
    """One of this order."""
    parcel = Parcel.objects.filter(pk=parcel_id, order_id=order_id).first()
    if parcel is None:
        raise ParcelNotFound("This order has no such parcel.")
    return parcel


def get_parcel_lines(parcel_id: UUID) -> list[ParcelLine]:
    """What is in one parcel."""
    return list(ParcelLine.objects.filter(parcel_id=parcel_id).order_by("id"))


def get_refunds(order_id: UUID) -> list[OrderRefund]:
    """Oldest first, those that were refused included."""
    return sorted(OrderRefund.objects.filter(order_id=order_id), key=lambda row: (row.at, row.pk))


def kept_of(order: Order, refunds: list[OrderRefund] | None = None) -> int:
    """What came for the order, less what is asked for, on its way or back; in minor units.

    Read after `order`, so that a change guarded by its revision may rely on it.
    """
    rows = get_refunds(order.pk) if refunds is None else refunds
    return order.paid_minor - sum(row.amount_minor for row in rows if row.state != OrderRefund.State.REFUSED)


def find_due_refunds(limit: int) -> list[OrderRefund]:
    """Those that payments must be asked for (again)."""
    return list(OrderRefund.objects.filter(due__lte=clock.now()).order_by("due")[:limit])


def find_due_returns(limit: int) -> list[Return]:
    """Those that came and are not on the shelf yet."""
    return list(Return.objects.filter(due__lte=clock.now()).order_by("due")[:limit])


def get_returns(order_id: UUID) -> list[Return]:
    """Of one order, oldest first."""
    return list(Return.objects.filter(order_id=order_id).order_by("id"))


def get_return(*, order_id: UUID, return_id: UUID) -> Return:
    """One of this order."""
    found = Return.objects.filter(pk=return_id, order_id=order_id).first()
    if found is None:
        raise ReturnNotFound("This order has no such return.")
    return found


def get_return_lines(return_ids: list[UUID]) -> list[ReturnLine]:
    """What is in these returns."""
    return list(ReturnLine.objects.filter(returned_id__in=return_ids).order_by("id")) if return_ids else []


def all_returns(*, state: ReturnStatus | None) -> QuerySet[Return]:
    """For staff: every return, or those in one state."""
    return Return.objects.all() if state is None else Return.objects.filter(state=state)
