"""A return is received line by line, and paid back in full or in part, by the forms on its page."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID

from django.http import HttpRequest

from apps.catalog import api as catalog
from apps.orders import queries
from apps.orders.contracts import Condition, ReturnNotFound, ReturnStatus
from apps.orders.models import Return, ReturnLine
from apps.orders.rules import may_move_return
from apps.orders.services.receive_return import Came, receive_return
from apps.orders.services.refund_return import refund_return, worth_of
from shop.errors import Unavailable
from shop.ids import uuid7

from .by_hand import chosen, count_of, money_in, operation_in


def form_of_receipt(back: Return) -> dict[str, Any]:
    """What can have come: each line with how much was to come, in which condition, for which shelf."""
    if back.received_at is not None or not may_move_return(back.status, ReturnStatus.RECEIVED):
        return {}
    places: list[tuple[str, str]] = []
    with suppress(Unavailable):  # then it goes where it was sold from
        places = [(one.code, one.name) for one in catalog.get_locations()]
    conditions = [(one.value, one.value.replace("_", " ")) for one in Condition]
    lines = queries.get_return_lines([back.pk])
    return {"may_receive": True, "lines": lines, "conditions": conditions, "places": places}


def form_of_refund(back: Return) -> dict[str, Any]:
    """What it is worth; staff may send less."""
    if not may_move_return(back.status, ReturnStatus.REFUNDING):
        return {}
    return {"may_refund": True, "worth": worth_of(back.order, back), "operation": uuid7()}


def receive_lines(request: HttpRequest, return_id: UUID) -> str:
    """Write down what came of each line and put on its shelf what can be sold again."""
    back = _find(return_id)
    came = {line.sku: _came(request, line) for line in queries.get_return_lines([back.pk])}
    back = receive_return(back.order, back, came=came, actor=f"staff:{request.user.pk}")
    return f"The return of {back.order.number} is {back.state}."


def refund_amount(request: HttpRequest, return_id: UUID) -> str:
    """Send back what it is worth, or the smaller amount; with shipping if that is ticked."""
    back = _find(return_id)
    row = refund_return(
        back.order,
        back,
        refund_id=operation_in(request),
        amount=money_in(request, back.order.currency),
        shipping="shipping" in request.POST,
        detail=request.POST.get("detail", "").strip()[:200],
        actor=f"staff:{request.user.pk}",
    )
    return f"{row.amount} of {back.order.number} go back: {row.get_state_display()}."


def _came(request: HttpRequest, line: ReturnLine) -> Came:
    def said(name: str) -> str:
        return request.POST.get(f"{name}-{line.pk}", "")

    return Came(
        count_of(said("quantity"), "quantity"),
        chosen(Condition, said("condition"), "condition"),
        restock=bool(said("restock")),
        location=said("location")[:40],
    )


def _find(return_id: UUID) -> Return:
    back = Return.objects.select_related("order").filter(pk=return_id).first()
    if back is None:
        raise ReturnNotFound("There is no such return.")
    return back
