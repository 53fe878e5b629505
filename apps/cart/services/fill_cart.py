"""A cart made of lines that somebody had before: an order that is to be placed again."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError

from apps.cart import queries
from apps.cart.contracts import Filled, ShortLine, WantedLine
from apps.cart.models import Cart, expiry_of
from apps.cart.rules import Contents, Elsewhere, Strategy
from apps.catalog.contracts import Offer
from shop.db import transact

from .attach_cart import attach_cart
from .lines import insert_line

Chosen = dict[str, tuple[Offer, int]]


def fill_cart(*, cart_id: UUID, customer_id: UUID | None, currency: str, lines: tuple[WantedLine, ...]) -> Filled:
    """First a guest's cart under the given id, whose insert happens once; then it is attached, which happens once."""
    known = Cart.objects.filter(pk=cart_id).exists()
    chosen, short = _choose(cart_id, currency, lines)
    if not known and not chosen:
        return Filled(cart_id, 0, tuple(short))
    if not known:
        try:
            transact("cart", lambda: _make(cart_id, currency, chosen))
        except IntegrityError:
            if not Cart.objects.filter(pk=cart_id).exists():  # else a twin made it
                raise
    if customer_id is None:
        return Filled(queries.read_contents(cart_id, None).cart_id, len(chosen), tuple(short))
    attached = attach_cart(cart_id=cart_id, customer_id=customer_id, strategy=Strategy.MERGE)
    short += [ShortLine(one.sku, one.wanted, one.quantity, one.code) for one in attached.adjusted]
    return Filled(attached.quote.cart_id, len(chosen), tuple(short))


def _choose(cart_id: UUID, currency: str, lines: Sequence[WantedLine]) -> tuple[Chosen, list[ShortLine]]:
    empty = Contents(cart_id, None, 0, currency, expiry_of(None), ())
    offers = queries.find_offers(empty, *(line.sku for line in lines))
    chosen: Chosen = {}
    short: list[ShortLine] = []
    for line in lines:
        found = offers[line.sku]
        if not isinstance(found, Offer):
            code = "currency_missing" if isinstance(found, Elsewhere) else "unavailable"
            short.append(ShortLine(line.sku, line.quantity, 0, code))
            continue
        count = min(line.quantity, found.available, settings.CART_MAX_QUANTITY)
        if count < line.quantity:
            code = "out_of_stock" if count == found.available else "quantity_limit"
            short.append(ShortLine(line.sku, line.quantity, count, code))
        if count > 0:
            chosen[line.sku] = found, count
    return chosen, short


def _make(cart_id: UUID, currency: str, chosen: Chosen) -> None:
    Cart(id=cart_id, currency=currency, expires_at=expiry_of(None)).save(force_insert=True)
    for offer, count in chosen.values():
        insert_line(cart_id, offer, count)
