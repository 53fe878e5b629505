"""Take one SKU out of a cart."""

from __future__ import annotations

from uuid import UUID

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import CartLine

from .change_cart import change_cart


def remove_line(*, cart_id: UUID, customer_id: UUID | None, sku: str, revision: int | None = None) -> Quote:
    """Remove the line; one that is gone already is no error.

    Raises CartStale, CartNotFound, CartOrdered, CartMerged.
    """
    lines = CartLine.objects.filter(cart_id=cart_id, sku=sku)
    after = change_cart(cart_id, lines.delete, customer_id=customer_id, revision=revision)
    return queries.quote_of(after, queries.find_offers(after))
