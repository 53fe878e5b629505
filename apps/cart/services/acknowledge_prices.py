"""The buyer has seen what the cart costs now."""

from __future__ import annotations

from uuid import UUID

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import CartLine
from apps.cart.rules import Contents
from apps.catalog.contracts import Offer

from .change_cart import change_cart
from .lines import seen


def acknowledge_prices(*, cart_id: UUID, customer_id: UUID | None) -> Quote:
    """Accept the live prices of all lines, which the answer shows; nothing is written if none has changed.

    Raises CartNotFound, CartOrdered, CartMerged.
    """
    contents = queries.read_contents(cart_id, customer_id)
    offers = queries.find_offers(contents)
    changed = _changed(contents, offers)

    def change() -> None:
        for offer in changed:
            CartLine.objects.filter(cart_id=cart_id, sku=offer.sku).update(**seen(offer))

    if changed:
        contents = change_cart(cart_id, change, customer_id=customer_id)
    return queries.quote_of(contents, queries.find_offers(contents, known=offers))


def _changed(contents: Contents, offers: queries.Offers) -> list[Offer]:
    """In the order of the SKUs."""
    entries = sorted(contents.entries, key=lambda entry: entry.sku)
    pairs = [(entry, offers[entry.sku]) for entry in entries]
    return [offer for entry, offer in pairs if isinstance(offer, Offer) and offer.price != entry.seen_price]
