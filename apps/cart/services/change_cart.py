"""The frame of every change of a cart: guard by the cart's row, change, read back, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db.models import F

from apps.cart import queries
from apps.cart.contracts import CartStale
from apps.cart.models import Cart, default_expiry
from apps.cart.rules import Contents
from shop import clock
from shop.db import transact


def change_cart(cart_id: UUID, change: Callable[[], object], *, revision: int | None = None) -> Contents:
    """Run `change` on an open cart and answer what is in it then.

    The cart's row is updated first, conditionally: so changes of one cart go one after the other, none
    is lost, and none happens after its check-out. With `revision` only if it is still the cart's.
    Raises CartNotFound, CartOrdered or CartStale.
    """

    def effect() -> Contents:
        guard = Cart.objects.filter(pk=cart_id, status=Cart.Status.OPEN)
        if revision is not None:
            guard = guard.filter(revision=revision)
        if guard.update(revision=F("revision") + 1, updated_at=clock.now(), expires_at=default_expiry()):
            change()
            return queries.read_contents(cart_id)
        contents = queries.read_contents(cart_id)
        raise CartStale("The cart has changed since you read it.", revision=contents.revision)

    return transact("cart", effect)
