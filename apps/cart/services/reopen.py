"""Give a cart back to its buyer: the undoing of check_out."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from apps.cart import queries
from apps.cart.models import Cart, CheckOut
from shop import clock
from shop.errors import Unavailable

from .change_cart import touch
from .pour_lines import pour_lines

OPEN_AGAIN = {"status": Cart.Status.OPEN, "order_id": None}


def reopen(*, order_id: UUID, cart_id: UUID) -> bool:
    """Open the cart again if it is this order's; before the check-out, forbid that. See the port."""
    closed = CheckOut.objects.filter(pk=order_id)
    if not closed.filter(state=CheckOut.State.ORDERED).update(state=CheckOut.State.REOPENED, at=clock.now()) and (
        not closed.exists()
    ):
        CheckOut(order_id=order_id, cart_id=cart_id, state=CheckOut.State.REOPENED).save(force_insert=True)
    ordered = Cart.objects.filter(pk=cart_id, status=Cart.Status.ORDERED, order_id=order_id)
    if not touch(ordered.filter(customer_id=None), None, **OPEN_AGAIN):
        _give_back_to_customer(ordered)
    return Cart.objects.filter(pk=cart_id, status__in=[Cart.Status.OPEN, Cart.Status.MERGED]).exists()


def _give_back_to_customer(ordered: QuerySet[Cart]) -> None:
    """As it was; or into the open cart that they have by now, since a customer has one at most."""
    cart = ordered.first()
    if cart is None or cart.customer_id is None:
        return
    other = queries.find_open_cart(cart.customer_id)
    if other is None:
        touch(ordered, cart.customer_id, **OPEN_AGAIN)
        return
    closed = {"status": Cart.Status.MERGED, "order_id": None, "merged_into": other.pk}
    opened = Cart.objects.filter(pk=other.pk, status=Cart.Status.OPEN)
    if not (touch(ordered, cart.customer_id, **closed) and touch(opened, cart.customer_id)):
        raise Unavailable("The customer's carts are changing.")
    pour_lines(source=cart.pk, into=other.pk, currency=cart.currency, available=None)
