"""Close a cart for one order: the saga's first step outside of orders."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from apps.cart import contracts
from apps.cart.models import Cart, CheckOut
from shop import clock


def check_out(*, order_id: UUID, cart_id: UUID, revision: int) -> contracts.CheckOut:
    """Move the cart from open to ordered, if it still is what was quoted. See the port."""
    tombstone = CheckOut.objects.filter(pk=order_id).first()
    if tombstone is not None and tombstone.state == CheckOut.State.REOPENED:
        raise contracts.CartChanged("This order was given up; order again.")
    wanted = Cart.objects.filter(pk=cart_id, status=Cart.Status.OPEN, revision=revision)
    if wanted.update(status=Cart.Status.ORDERED, order_id=order_id, revision=F("revision") + 1, updated_at=clock.now()):
        CheckOut(order_id=order_id, cart_id=cart_id, state=CheckOut.State.ORDERED).save(force_insert=True)
        cart = Cart.objects.get(pk=cart_id)
        return contracts.CheckOut(cart_id=cart_id, order_id=order_id, customer_id=cart.customer_id)
    raise _refusal(cart_id)


def _refusal(cart_id: UUID) -> Exception:
    cart = Cart.objects.filter(pk=cart_id).first()
    if cart is None:
        return contracts.CartNotFound("No cart has this id.")
    if cart.status == Cart.Status.ORDERED:
        return contracts.CartOrdered("This cart was ordered already.", order_id=str(cart.order_id))
    return contracts.CartChanged("The cart has changed since it was quoted.", revision=cart.revision)
