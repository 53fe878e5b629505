"""Whose order it is, and who acts on it: what every route below /orders asks first."""

from __future__ import annotations

from uuid import UUID

from apps.orders import queries
from apps.orders.contracts import OrderNotFound
from apps.orders.models import Order
from shop.errors import Forbidden
from shop.http.authentication import PAY
from shop.principal import Principal


def order_of(principal: Principal, number: str) -> Order:
    """The order that the token opens or whose customer is logged in, any for staff; a stranger's does not exist."""
    if principal.has("orders:read"):
        return queries.get_order(number=number)
    if principal.person_id is not None:
        return queries.get_order_of_customer(number=number, customer_id=principal.person_id)
    kind, _, order_id = principal.subject.partition(":")
    if kind != "order":
        raise OrderNotFound("You have no order with this number.")
    return queries.get_order_of(number=number, order_id=UUID(order_id))


def is_others(principal: Principal, order: Order) -> bool:
    """Whether staff acts here for the shop, not for an order of their own."""
    return principal.kind == "staff" and order.customer_id != principal.person_id


def check_buyer(principal: Principal, order: Order) -> None:
    """That it is theirs to pay: with the client secret anybody could, and see what is saved. Raises Forbidden.

    Number and address, which staff read too, prove a guest: a guest has nothing else, and nothing saved. Who has an
    account logs in.
    """
    owns = order.customer_id is not None and order.customer_id == principal.person_id
    holds = principal.subject == f"order:{order.pk}"
    if holds and order.customer_id is not None and not principal.has(PAY):
        raise Forbidden("This order belongs to an account: log in to pay it.")
    if not owns and not holds:
        told = "What opens the payment sheet is for the buyer alone; finance sees the payment at /payments/{order_id}."
        raise Forbidden(told)


def actor_of(principal: Principal, order: Order | None = None) -> str:
    """Who it was, for the timeline: the buyer of `order`, else who of the staff."""
    if order is not None and not is_others(principal, order):
        return "buyer"
    return f"staff:{principal.person_id}"
