"""Reads of cart: the live quote. Nothing of it is stored, so it is never stale.

A quote costs two reads here (cart, lines) and one call of catalog, and on the first one in a process
also one call of payments: the provider's minimum per currency is kept for five minutes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

from apps.catalog import api as catalog
from apps.catalog.contracts import Offer
from apps.payments import api as payments
from shop.errors import Unavailable
from shop.money import Money

from . import rules
from .contracts import CartNotFound, CartOrdered, Quote
from .models import Cart, CartLine

Offers = Mapping[str, Offer | None]
"""By SKU; None is "asked, and not for sale"."""

MINIMUM_KEPT_SECONDS = 300.0

_minimums: dict[str, tuple[float, Money]] = {}


def get_quote(*, cart_id: UUID) -> Quote:
    """The cart with live prices, shipping, tax, total and problems. Raises CartNotFound or CartOrdered."""
    contents = read_contents(cart_id)
    return quote_of(contents, find_offers(contents))


def read_contents(cart_id: UUID) -> rules.Contents:
    """An open cart as it is stored. Raises CartNotFound or CartOrdered."""
    cart = Cart.objects.filter(pk=cart_id).first()
    if cart is None:
        raise CartNotFound("No cart has this id.")
    if cart.status != Cart.Status.OPEN:
        raise CartOrdered("This cart was ordered; make a new one.", order_id=str(cart.order_id))
    lines = CartLine.objects.filter(cart_id=cart_id).order_by("id")
    return rules.Contents(
        cart_id=cart.pk,
        revision=cart.revision,
        currency=cart.currency,
        entries=tuple(_entry(line, cart.currency) for line in lines),
    )


def find_offers(contents: rules.Contents, *more: str, known: Offers | None = None) -> Offers:
    """The live offers of all lines and of `more` SKUs; those that are `known` are not asked again."""
    offers = dict(known or {})
    skus = {*more, *(entry.sku for entry in contents.entries)} - offers.keys()
    if skus:
        offers.update(dict.fromkeys(skus))
        found = catalog.get_offers(skus=tuple(sorted(skus)), currency=contents.currency)
        offers.update((offer.sku, offer) for offer in found)
    return offers


def quote_of(contents: rules.Contents, offers: Offers) -> Quote:
    """What `contents` cost at `offers`, under the shop's terms."""
    currency = contents.currency
    minimum = minimum_of(currency) if contents.entries else Money.zero(currency)
    return rules.quote(contents, offers, terms_for(currency, minimum))


def terms_for(currency: str, minimum: Money) -> rules.Terms:
    """The settings SHIPPING and TAX for one currency."""
    fee, free_from = settings.SHIPPING.get(currency, (0, None))
    return rules.Terms(
        shipping=Money(fee, currency),
        free_from=None if free_from is None else Money(free_from, currency),
        tax_rates=settings.TAX,
        tax_included=settings.TAX_INCLUDED,
        minimum=minimum,
    )


def minimum_of(currency: str) -> Money:
    """The least amount that the payment provider takes; asked once in five minutes per process.

    While payments is away it is what was known last, or nothing: payments itself refuses too little later.
    """
    kept = _minimums.get(currency)
    if kept is None or kept[0] < time.monotonic():
        try:
            minimum = payments.get_minimums(currency=currency)
        except Unavailable:
            return kept[1] if kept else Money.zero(currency)
        kept = _minimums[currency] = (time.monotonic() + MINIMUM_KEPT_SECONDS, minimum)
    return kept[1]


def forget_minimums() -> None:
    """For tests: ask again."""
    _minimums.clear()


def _entry(line: CartLine, currency: str) -> rules.Entry:
    return rules.Entry(
        sku=line.sku,
        quantity=line.quantity,
        product_id=line.product_id,
        name=line.name,
        tax_class=line.tax_class,
        seen_price=Money(line.seen_minor, currency),
    )
