"""A customer is gone: so is what they put into carts, and the link to what they ordered."""

from __future__ import annotations

from uuid import UUID

from apps.cart.models import Cart
from shop.db import transact

from .expire_carts import remove


def forget_customer(*, customer_id: UUID) -> None:
    """Remove the customer's open and merged carts; an ordered one stays its order's, and is nobody's."""
    carts = Cart.objects.filter(customer_id=customer_id)

    def effect() -> None:
        remove(carts, carts)
        carts.filter(status=Cart.Status.ORDERED).update(customer_id=None)

    transact("cart", effect)
