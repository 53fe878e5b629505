"""A new, empty cart."""

from __future__ import annotations

from uuid import UUID

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import Cart
from apps.cart.rules import Contents
from shop.db import transact


def create_cart(*, currency: str, customer_id: UUID | None = None) -> Quote:
    """Make an open cart: one insert, no call."""
    cart = Cart(currency=currency, customer_id=customer_id)
    transact("cart", lambda: cart.save(force_insert=True))
    return queries.quote_of(Contents(cart.pk, cart.revision, currency, ()), {})
