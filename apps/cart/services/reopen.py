"""Give a cart back to its buyer: the undoing of check_out."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from apps.cart.models import Cart, CheckOut, default_expiry
from shop import clock


def reopen(*, order_id: UUID, cart_id: UUID) -> bool:
    """Open the cart again if it is this order's; before the check-out, forbid that. See the port."""
    closed = CheckOut.objects.filter(pk=order_id)
    if not closed.filter(state=CheckOut.State.ORDERED).update(state=CheckOut.State.REOPENED, at=clock.now()) and (
        not closed.exists()
    ):
        CheckOut(order_id=order_id, cart_id=cart_id, state=CheckOut.State.REOPENED).save(force_insert=True)
    Cart.objects.filter(pk=cart_id, status=Cart.Status.ORDERED, order_id=order_id).update(
        status=Cart.Status.OPEN,
        order_id=None,
        revision=F("revision") + 1,
        updated_at=clock.now(),
        expires_at=default_expiry(),
    )
    return Cart.objects.filter(pk=cart_id, status=Cart.Status.OPEN).exists()
