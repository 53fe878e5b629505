"""The frame of every change of a cart: guard by the cart's row, change, read back, in one transaction."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.db.models import F, QuerySet

from apps.cart import queries
from apps.cart.contracts import CartStale
from apps.cart.models import Cart, expiry_of
from apps.cart.rules import Contents
from shop import clock
from shop.db import transact


def change_cart(
    cart_id: UUID,
    change: Callable[[], object],
    *,
    customer_id: UUID | None,
    revision: int | None = None,
    currency: str | None = None,
) -> Contents:
    """Run `change` on an open cart that `customer_id` may change, and answer what is in it then.

    The cart's row is updated first, conditionally: so changes of one cart go one after the other, none
    is lost, and none happens after its check-out. With `revision` only if it is still the cart's.
    Raises CartNotFound, CartOrdered, CartMerged or CartStale.
    """
    changes = {} if currency is None else {"currency": currency}

    def effect() -> Contents:
        for owner in _owners(customer_id):
            if touch(open_cart(cart_id, owner, revision=revision), owner, **changes):
                change()
                return queries.read_contents(cart_id, customer_id)
        contents = queries.read_contents(cart_id, customer_id)
        raise CartStale("The cart has changed since you read it.", revision=contents.revision)

    return transact("cart", effect)


def open_cart(cart_id: UUID, owner: UUID | None, *, revision: int | None = None) -> QuerySet[Cart]:
    """The row, while it is open, not expired, and of exactly this owner."""
    rows = Cart.objects.filter(pk=cart_id, status=Cart.Status.OPEN, customer_id=owner, expires_at__gt=clock.now())
    return rows if revision is None else rows.filter(revision=revision)


def touch(rows: QuerySet[Cart], owner: UUID | None, **changes: object) -> int:
    """The next revision, and a whole lifetime from now; answers how many rows there were."""
    fresh = {"updated_at": clock.now(), "expires_at": expiry_of(owner)}
    return rows.update(revision=F("revision") + 1, **{**fresh, **changes})


def _owners(customer_id: UUID | None) -> tuple[UUID | None, ...]:
    """Whose carts a caller may change: their own, and a guest's whose id they know."""
    return (None,) if customer_id is None else (customer_id, None)
