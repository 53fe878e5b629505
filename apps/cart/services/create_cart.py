"""A new, empty cart; a customer has one at most."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import Cart, expiry_of
from apps.cart.rules import Contents
from shop import clock
from shop.db import transact
from shop.errors import Unavailable

from .expire_carts import remove_expired

ATTEMPTS = 3


def create_cart(*, currency: str, customer_id: UUID | None = None) -> tuple[Quote, bool]:
    """Make an open cart, or answer the one that the customer has; the second value says whether it is new.

    A guest's costs one insert and no call. The database keeps a second one of a customer out.
    """
    for _ in range(ATTEMPTS):
        mine = None if customer_id is None else find_mine(customer_id)
        if mine is not None:
            return queries.get_quote(cart_id=mine.pk, customer_id=customer_id), False
        cart = Cart(currency=currency, customer_id=customer_id, expires_at=expiry_of(customer_id))
        try:
            transact("cart", lambda made=cart: made.save(force_insert=True))  # type: ignore[misc]
        except IntegrityError:
            continue  # another tab was faster
        contents = Contents(cart.pk, customer_id, cart.revision, currency, cart.expires_at, ())
        return queries.quote_of(contents, {}), True
    raise Unavailable("The carts of this customer keep changing.")


def find_mine(customer_id: UUID) -> Cart | None:
    """The customer's open cart. One that has expired makes room at once, whenever the job comes."""
    cart = queries.find_open_cart(customer_id)
    if cart is None or cart.expires_at > clock.now():
        return cart
    remove_expired([cart.pk])
    return queries.find_open_cart(customer_id)
