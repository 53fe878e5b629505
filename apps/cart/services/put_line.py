"""Exactly so many of one SKU, whether it is in the cart or not: repeating it changes nothing."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import CartLine

from .change_cart import change_cart
from .lines import ATTEMPTS, check_room, insert_line, offer_for


def put_line(*, cart_id: UUID, customer_id: UUID | None, sku: str, quantity: int, revision: int | None = None) -> Quote:
    """Set the line to `quantity`; a new one at the price that is shown now.

    Raises UnknownSku, Invalid (too many lines), CartStale, CartNotFound, CartOrdered, CartMerged.
    """
    before = queries.read_contents(cart_id, customer_id)
    offers = queries.find_offers(before, sku)
    offer = offer_for(sku, offers, before.currency)
    check_room(before, sku)

    def change() -> None:
        if not CartLine.objects.filter(cart_id=cart_id, sku=sku).update(quantity=quantity):
            insert_line(cart_id, offer, quantity)

    for attempt in range(ATTEMPTS):
        try:
            after = change_cart(cart_id, change, customer_id=customer_id, revision=revision)
            break
        except IntegrityError:  # a rival has put it in; now it is there to be updated
            if attempt == ATTEMPTS - 1:
                raise
    return queries.quote_of(after, queries.find_offers(after, known=offers))
