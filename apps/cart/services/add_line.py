"""More of one SKU: a delta, so two tabs lose nothing."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import CartLine
from apps.cart.rules import Contents
from apps.catalog.contracts import Offer
from shop.errors import FieldError, Invalid

from .change_cart import change_cart
from .lines import ATTEMPTS, check_room, insert_line, offer_for


def add_line(*, cart_id: UUID, customer_id: UUID | None, sku: str, quantity: int) -> Quote:
    """Add `quantity` of `sku` to an open cart; a new line at the price that is shown now.

    More than is in stock is allowed: the answer tells it as a problem. A price change that waits to be acknowledged
    goes on waiting. Raises UnknownSku, Invalid (above the limit of a line, or too many lines), CartNotFound,
    CartOrdered, CartMerged.
    """
    before = queries.read_contents(cart_id, customer_id)
    offers = queries.find_offers(before, sku)
    offer = offer_for(sku, offers, before.currency)
    check_room(before, sku)
    after = _add(cart_id, customer_id, offer, quantity)
    return queries.quote_of(after, queries.find_offers(after, known=offers))


def _add(cart_id: UUID, customer_id: UUID | None, offer: Offer, quantity: int) -> Contents:
    """Try again in a new transaction when the insert found a line: a rival's, or one without room."""
    for _ in range(ATTEMPTS):
        try:
            return change_cart(cart_id, lambda: _update_or_insert(cart_id, offer, quantity), customer_id=customer_id)
        except IntegrityError:
            _check_quantity(cart_id, offer.sku, quantity)
    raise RuntimeError(f"Line {offer.sku} of cart {cart_id} could neither be changed nor inserted")


def _update_or_insert(cart_id: UUID, offer: Offer, quantity: int) -> None:
    room = settings.CART_MAX_QUANTITY - quantity
    line = CartLine.objects.filter(cart_id=cart_id, sku=offer.sku, quantity__lte=room)
    if not line.update(quantity=F("quantity") + quantity):
        insert_line(cart_id, offer, quantity)


def _check_quantity(cart_id: UUID, sku: str, quantity: int) -> None:
    present = CartLine.objects.filter(cart_id=cart_id, sku=sku).values_list("quantity", flat=True).first() or 0
    if present + quantity > settings.CART_MAX_QUANTITY:
        at_most = f"At most {settings.CART_MAX_QUANTITY} of one line; {present} are in the cart."
        raise Invalid(at_most, errors=(FieldError("/quantity", "too_many", at_most),))
