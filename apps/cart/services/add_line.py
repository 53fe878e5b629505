"""More of one SKU: a delta, so two tabs lose nothing."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError
from django.db.models import F

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import CartLine
from apps.cart.rules import MAX_QUANTITY, Contents
from apps.catalog.contracts import Offer, UnknownSku
from shop.errors import FieldError, Invalid

from .change_cart import change_cart

ATTEMPTS = 3


def add_line(*, cart_id: UUID, sku: str, quantity: int) -> Quote:
    """Add `quantity` of `sku` to an open cart, at the price that is shown now.

    More than is in stock is allowed: the answer tells it as a problem. Raises UnknownSku, Invalid
    (above 999 of a line, or too many lines), CartNotFound, CartOrdered.
    """
    before = queries.read_contents(cart_id)
    offers = queries.find_offers(before, sku)
    offer = offers[sku]
    if offer is None:
        raise UnknownSku(f"There is no {sku} for sale in {before.currency}.", sku=sku)
    _check_room(before, sku)
    after = _add(cart_id, offer, quantity)
    return queries.quote_of(after, queries.find_offers(after, known=offers))


def _add(cart_id: UUID, offer: Offer, quantity: int) -> Contents:
    """Try again in a new transaction when the insert found a line: a rival's, or one without room."""
    for _ in range(ATTEMPTS):
        try:
            return change_cart(cart_id, lambda: _update_or_insert(cart_id, offer, quantity))
        except IntegrityError:
            _check_quantity(cart_id, offer.sku, quantity)
    raise RuntimeError(f"Line {offer.sku} of cart {cart_id} could neither be changed nor inserted")


def _update_or_insert(cart_id: UUID, offer: Offer, quantity: int) -> None:
    seen = {"name": offer.name, "tax_class": offer.tax_class, "seen_minor": offer.price.amount}
    line = CartLine.objects.filter(cart_id=cart_id, sku=offer.sku, quantity__lte=MAX_QUANTITY - quantity)
    if not line.update(quantity=F("quantity") + quantity, product_id=offer.product_id, **seen):
        CartLine(cart_id=cart_id, sku=offer.sku, quantity=quantity, product_id=offer.product_id, **seen).save(
            force_insert=True
        )


def _check_quantity(cart_id: UUID, sku: str, quantity: int) -> None:
    present = CartLine.objects.filter(cart_id=cart_id, sku=sku).values_list("quantity", flat=True).first() or 0
    if present + quantity > MAX_QUANTITY:
        at_most = f"At most {MAX_QUANTITY} of one line; {present} are in the cart."
        raise Invalid(at_most, errors=(FieldError("/quantity", "too_many", at_most),))


def _check_room(contents: Contents, sku: str) -> None:
    """A soft limit: two tabs at once may go over it by one."""
    if len(contents.entries) >= settings.CART_MAX_LINES and sku not in {entry.sku for entry in contents.entries}:
        full = f"A cart has at most {settings.CART_MAX_LINES} lines."
        raise Invalid(full, errors=(FieldError("/sku", "too_many_lines", full),))
