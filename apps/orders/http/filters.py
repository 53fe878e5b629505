"""What the list of orders may be narrowed to, for its buyers and for staff."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter

from apps.orders.contracts import OrderStatus
from apps.orders.models import Order
from shop.errors import FieldError, Invalid

WORDS = {"true": True, "false": False}
PARAMETERS = [
    OpenApiParameter("status", str, enum=[status.value for status in OrderStatus], description="Only these."),
    OpenApiParameter(
        "money_let_go",
        str,
        enum=list(WORDS),
        description="`true`: those of which no other parcel leaves until finance accepts them, since their money was "
        "let go after one had left. `false`: all others.",
    ),
]
NAMES = tuple(parameter.name for parameter in PARAMETERS)


def narrowed(orders: QuerySet[Order], params: Any) -> QuerySet[Order]:
    """Only those that the query asks for; 422 for a word that is none of its parameter."""
    if (status := _one_of("status", list(OrderStatus), params)) is not None:
        orders = orders.filter(status=status)
    if (word := _one_of("money_let_go", list(WORDS), params)) is not None:
        orders = orders.filter(money_let_go=WORDS[word])
    return orders


def _one_of(name: str, known: list[Any], params: Any) -> str | None:
    asked: str | None = params.get(name)
    if asked is not None and asked not in known:
        raise Invalid(errors=(FieldError(f"/{name}", f"unknown_{name}", f"One of {', '.join(known)}."),))
    return asked
