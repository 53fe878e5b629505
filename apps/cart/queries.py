"""Reads of cart: the live quote. Nothing of it is stored, so it is never stale.

A quote costs two reads here (cart, lines) and one call of catalog (two when a line has no price), and on the first
one in a process also one call of payments: the provider's minimum per currency is kept for five minutes.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings

from apps.catalog import api as catalog
from apps.payments import api as payments
from shop import clock
from shop.errors import Unavailable
from shop.money import Money

from . import rules
from .contracts import CartMerged, CartNotFound, CartOrdered, Quote
from .models import Cart, CartLine

Offers = Mapping[str, rules.Found]
"""By SKU: what catalog was asked for."""

MINIMUM_KEPT_SECONDS = 300.0

_minimums: dict[str, tuple[float, Money]] = {}


def get_quote(*, cart_id: UUID, customer_id: UUID | None) -> Quote:
    """The cart with live prices, shipping, tax, total and problems, for who may see it. See the port."""
    contents = read_contents(cart_id, customer_id)
    return quote_of(contents, find_offers(contents))


def find_open_cart(customer_id: UUID) -> Cart | None:
    """The one open cart of this customer; it may have expired already."""
    return Cart.objects.filter(customer_id=customer_id, status=Cart.Status.OPEN).first()


def own_cart(customer_id: UUID) -> UUID:
    """The id of the one open cart of this customer. Raises CartNotFound."""
    cart = find_open_cart(customer_id)
    if cart is None or cart.expires_at <= clock.now():
        raise CartNotFound("You have no open cart: POST /api/v1/carts makes one.")
    cart_id: UUID = cart.pk
    return cart_id


def read_contents(cart_id: UUID, customer_id: UUID | None) -> rules.Contents:
    """An open cart as it is stored. Raises CartNotFound, CartOrdered or CartMerged."""
    cart = find_visible_cart(cart_id, customer_id)
    if cart.status == Cart.Status.ORDERED:
        raise CartOrdered("This cart was ordered; make a new one.", order_id=str(cart.order_id))
    if cart.status == Cart.Status.MERGED:
        raise CartMerged("This cart was merged into another one of yours.", cart_id=str(cart.merged_into))
    lines = CartLine.objects.filter(cart_id=cart_id).order_by("id")
    return rules.Contents(
        cart_id=cart.pk,
        customer_id=cart.customer_id,
        revision=cart.revision,
        currency=cart.currency,
        expires_at=cart.expires_at,
        entries=tuple(_entry(line, cart.currency) for line in lines),
    )


def find_visible_cart(cart_id: UUID, customer_id: UUID | None) -> Cart:
    """A guest's cart for whoever knows its id, a customer's for that customer; an expired one for nobody."""
    cart = Cart.objects.filter(pk=cart_id).first()
    if cart is None or cart.customer_id not in (None, customer_id):
        raise CartNotFound("No cart has this id.")
    if cart.status in (Cart.Status.OPEN, Cart.Status.EXPIRED) and cart.expires_at <= clock.now():
        raise CartNotFound("No cart has this id.")
    return cart


def find_offers(
    contents: rules.Contents, *more: str, currency: str | None = None, known: Offers | None = None
) -> Offers:
    """What catalog says of all lines and of `more` SKUs; those that are `known` are not asked again.

    One call; a second one only when something has no offer in the currency, to learn why.
    """
    offers = dict(known or {})
    skus = {*more, *(entry.sku for entry in contents.entries)} - offers.keys()
    if skus:
        offers.update(dict.fromkeys(skus))
        found = catalog.get_offers(skus=tuple(sorted(skus)), currency=currency or contents.currency)
        offers.update((offer.sku, offer) for offer in found)
    if missing := tuple(sorted(sku for sku in skus if offers[sku] is None)):
        sold = catalog.get_currencies(skus=missing)
        offers.update((one.sku, rules.Elsewhere(one.currencies)) for one in sold if one.currencies)
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
        max_quantity=settings.CART_MAX_QUANTITY,
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
        seen_price=Money(line.seen_minor, line.seen_currency or currency),
    )
