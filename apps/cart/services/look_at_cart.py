"""Show a cart to its buyer, which keeps it alive."""

from __future__ import annotations

from uuid import UUID

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import Cart, expiry_of
from shop import clock
from shop.db import transact

FRESH = 0.9
"""As long as so much of its lifetime is left, a look writes nothing: at 30 days that is a write in three days."""


def look_at_cart(*, cart_id: UUID, customer_id: UUID | None) -> Quote:
    """The live quote. Raises CartNotFound, CartOrdered, CartMerged."""
    contents = queries.read_contents(cart_id, customer_id)
    now, whole = clock.now(), expiry_of(contents.customer_id)
    if contents.expires_at < now + (whole - now) * FRESH:
        rows = Cart.objects.filter(pk=cart_id, status=Cart.Status.OPEN, expires_at=contents.expires_at)
        transact("cart", lambda: rows.update(expires_at=whole))
    return queries.quote_of(contents, queries.find_offers(contents))
