"""The same lines in another currency."""

from __future__ import annotations

from uuid import UUID

from apps.cart import queries
from apps.cart.contracts import Quote
from apps.cart.models import CartLine
from apps.catalog.contracts import Offer

from .change_cart import change_cart
from .lines import seen


def change_currency(*, cart_id: UUID, customer_id: UUID | None, currency: str, revision: int | None = None) -> Quote:
    """Price every line in `currency`, at what the answer shows.

    A line without such a price stays, as the problem `currency_missing`. Raises CartStale, CartNotFound, CartOrdered,
    CartMerged.
    """
    before = queries.read_contents(cart_id, customer_id)
    offers = queries.find_offers(before, currency=currency)
    priced = [offer for _, offer in sorted(offers.items()) if isinstance(offer, Offer)]

    def change() -> None:
        lines = CartLine.objects.filter(cart_id=cart_id)
        lines.filter(seen_currency="").update(seen_currency=before.currency)
        for offer in priced:
            lines.filter(sku=offer.sku).update(**seen(offer))

    after = change_cart(cart_id, change, customer_id=customer_id, revision=revision, currency=currency)
    return queries.quote_of(after, queries.find_offers(after, known=offers))
