"""What the use cases that put something into a cart have in common: a new line, and whether there is room for it."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from apps.cart.models import CartLine
from apps.cart.queries import Offers
from apps.cart.rules import Contents, Elsewhere
from apps.catalog.contracts import Offer, UnknownSku
from shop.errors import FieldError, Invalid

ATTEMPTS = 3
"""How often a transaction is tried in which a rival's insert of the same line may win."""


def insert_line(cart_id: UUID, offer: Offer, quantity: int) -> None:
    """A line at the price that is shown now. IntegrityError if a rival was faster."""
    CartLine(cart_id=cart_id, sku=offer.sku, quantity=quantity, **seen(offer)).save(force_insert=True)


def seen(offer: Offer) -> dict[str, object]:
    """The columns that keep what the buyer has seen of an offer."""
    return {
        "product_id": offer.product_id,
        "name": offer.name,
        "tax_class": offer.tax_class,
        "seen_minor": offer.price.amount,
        "seen_currency": offer.price.currency,
    }


def offer_for(sku: str, offers: Offers, currency: str) -> Offer:
    """The offer, or UnknownSku."""
    found = offers[sku]
    if isinstance(found, Offer):
        return found
    where = f"; it is in {', '.join(found.currencies)}" if isinstance(found, Elsewhere) else ""
    raise UnknownSku(f"There is no {sku} for sale in {currency}{where}.", sku=sku)


def check_room(contents: Contents, sku: str) -> None:
    """A soft limit: two tabs at once may go over it by one."""
    if len(contents.entries) >= settings.CART_MAX_LINES and sku not in {entry.sku for entry in contents.entries}:
        full = f"A cart has at most {settings.CART_MAX_LINES} lines."
        raise Invalid(full, errors=(FieldError("/sku", "too_many_lines", full),))
