"""Forget carts that nobody touches, never one that an order has."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import QuerySet

from apps.cart.models import Cart, CartLine
from shop import clock
from shop.db import transact

FORGOTTEN = (Cart.Status.OPEN, Cart.Status.MERGED)
"""An ordered cart is its order's: it may come back."""


def expire_carts(*, limit: int) -> int:
    """Remove at most `limit` carts whose time is over, with their lines; answers how many."""
    at, removed = clock.now(), 0
    for status in FORGOTTEN:
        past = Cart.objects.filter(status=status, expires_at__lte=at).order_by("expires_at")
        removed += remove_expired(list(past.values_list("pk", flat=True)[: limit - removed]))
    return removed


def remove_expired(cart_ids: Sequence[UUID]) -> int:
    """Remove those of these carts that are expired now: one that was touched or ordered meanwhile stays."""
    if not cart_ids:
        return 0
    carts = Cart.objects.filter(pk__in=cart_ids)
    return transact("cart", lambda: remove(carts, carts.filter(expires_at__lte=clock.now())))


def remove(carts: QuerySet[Cart], chosen: QuerySet[Cart]) -> int:
    """Remove `chosen`, some of `carts`, but for those that orders have; inside of a transaction.

    They are marked first: what a rival took in the same moment is not marked, so it is not removed.
    """
    if not chosen.filter(status__in=FORGOTTEN).update(status=Cart.Status.EXPIRED, merged_into=None):
        return 0
    mine = list(carts.filter(status=Cart.Status.EXPIRED).values_list("pk", flat=True))
    CartLine.objects.filter(cart_id__in=mine).delete()
    Cart.objects.filter(pk__in=mine).delete()
    return len(mine)
