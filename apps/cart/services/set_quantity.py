"""Exactly so many of one line that is there."""

from __future__ import annotations

from uuid import UUID

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import CartLine
from shop.errors import NotFound

from .change_cart import change_cart


def set_quantity(
    *, cart_id: UUID, customer_id: UUID | None, sku: str, quantity: int, revision: int | None = None
) -> Quote:
    """Set the line to `quantity`; what was seen of its price stays as it is.

    Raises NotFound without such a line, CartStale, CartNotFound, CartOrdered, CartMerged.
    """

    def change() -> None:
        if not CartLine.objects.filter(cart_id=cart_id, sku=sku).update(quantity=quantity):
            raise NotFound(f"No line of this cart has {sku}.")

    after = change_cart(cart_id, change, customer_id=customer_id, revision=revision)
    return queries.quote_of(after, queries.find_offers(after))
