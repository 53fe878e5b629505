"""Order it again: what is still for sale goes into the buyer's cart, at today's prices."""

from __future__ import annotations

from uuid import UUID

from apps.cart import api as cart
from apps.cart.contracts import Filled, ShortLine, WantedLine
from apps.orders import queries
from apps.orders.contracts import NothingToReorder
from apps.orders.models import Order
from shop.errors import FieldError

WHY = {
    "unavailable": "It is not for sale any more.",
    "currency_missing": "It has no price in this currency.",
    "out_of_stock": "There are not enough of it.",
    "quantity_limit": "A line of a cart holds fewer.",
    "too_many_lines": "The cart is full.",
}


def reorder(order: Order, *, cart_id: UUID, customer_id: UUID | None) -> Filled:
    """Fill the customer's cart, or a guest's new one with this id. Raises NothingToReorder, CartOrdered."""
    lines = tuple(WantedLine(line.sku, line.quantity) for line in queries.get_lines(order.pk))
    filled = cart.fill_cart(cart_id=cart_id, customer_id=customer_id, currency=order.currency, lines=lines)
    if not filled.added:
        errors = tuple(
            FieldError(f"/lines/{position}", short.code, why(short)) for position, short in enumerate(filled.short)
        )
        raise NothingToReorder("Nothing of this order is for sale now.", errors=errors)
    return filled


def why(short: ShortLine) -> str:
    """For people, why less of a SKU is in the cart."""
    return f"{short.sku}: {WHY[short.code]}"
