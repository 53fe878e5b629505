"""Exactly so many of one line. It also accepts the line's present price."""

from __future__ import annotations

from uuid import UUID

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import CartLine
from shop.errors import NotFound

from .change_cart import change_cart


def set_quantity(*, cart_id: UUID, sku: str, quantity: int, revision: int | None = None) -> Quote:
    """Set the line to `quantity` and its seen price to the live one.

    Raises NotFound without such a line, CartStale, CartNotFound, CartOrdered.
    """
    offers = queries.find_offers(queries.read_contents(cart_id), sku)
    offer = offers[sku]
    seen = {"seen_minor": offer.price.amount, "name": offer.name, "tax_class": offer.tax_class} if offer else {}

    def change() -> None:
        if not CartLine.objects.filter(cart_id=cart_id, sku=sku).update(quantity=quantity, **seen):
            raise NotFound(f"No line of this cart has {sku}.")

    after = change_cart(cart_id, change, revision=revision)
    return queries.quote_of(after, queries.find_offers(after, known=offers))
