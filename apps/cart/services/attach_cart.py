"""A customer who has logged in brings the cart of their time as a guest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError

from apps.cart import queries
from apps.cart.contracts import CartMerged, CartNotFound, CartOrdered, Quote
from apps.cart.models import Cart, CartLine
from apps.cart.rules import Adjustment, Contents, Strategy
from apps.catalog.contracts import Offer
from shop.db import transact
from shop.errors import Unavailable

from .change_cart import open_cart, touch
from .create_cart import find_mine
from .pour_lines import move_lines, pour_lines

ATTEMPTS = 8


@dataclass(frozen=True, slots=True)
class Attached:
    """The customer's one open cart, and what did not fit into it."""

    quote: Quote
    adjusted: tuple[Adjustment, ...] = ()


class _Moved(Exception):
    """One of the two carts is not what was read: nothing was written, look again."""


def attach_cart(*, cart_id: UUID, customer_id: UUID, strategy: Strategy) -> Attached:
    """Make a guest's cart the customer's, or merge it into the one they have, which survives.

    Repeating it answers the survivor. Raises CartNotFound (absent, or somebody else's), CartOrdered.
    """
    for _ in range(ATTEMPTS):
        if queries.find_visible_cart(cart_id, customer_id).customer_id == customer_id:
            return Attached(_survivor(cart_id, customer_id))
        try:
            guest, mine = _read_both(cart_id, customer_id)
            return Attached(_adopt(guest, customer_id)) if mine is None else _merge(guest, mine, strategy)
        except (_Moved, IntegrityError):
            continue  # a rival changed, ordered or attached one of them, or opened another one of the customer's
    raise Unavailable("These carts keep changing.")


def _read_both(cart_id: UUID, customer_id: UUID) -> tuple[Contents, Contents | None]:
    try:
        guest = queries.read_contents(cart_id, customer_id)
    except CartMerged:
        raise _Moved from None
    if guest.customer_id is not None:
        raise _Moved
    mine = find_mine(customer_id)
    if mine is not None and mine.pk == cart_id:
        raise _Moved  # a twin attached it since it was read: merged into itself it would lose its lines
    try:
        return guest, None if mine is None else queries.read_contents(mine.pk, customer_id)
    except (CartOrdered, CartMerged, CartNotFound):
        raise _Moved from None


def _survivor(cart_id: UUID, customer_id: UUID) -> Quote:
    cart = queries.find_visible_cart(cart_id, customer_id)
    return queries.get_quote(cart_id=cart.merged_into or cart.pk, customer_id=customer_id)


def _adopt(guest: Contents, customer_id: UUID) -> Quote:
    """The database keeps a second open cart of the customer out: IntegrityError."""

    def effect() -> None:
        if not touch(open_cart(guest.cart_id, None), customer_id, customer_id=customer_id):
            raise _Moved

    transact("cart", effect)
    return queries.get_quote(cart_id=guest.cart_id, customer_id=customer_id)


def _merge(guest: Contents, mine: Contents, strategy: Strategy) -> Attached:
    owner = mine.customer_id
    currency = guest.currency if strategy is Strategy.TAKE_GUEST else mine.currency
    skus = [entry.sku for entry in guest.entries]
    offers = queries.find_offers(mine, *skus, currency=currency)
    available = {sku: found.available if isinstance(found, Offer) else 0 for sku, found in offers.items()}
    closed = {"status": Cart.Status.MERGED, "merged_into": mine.cart_id, "customer_id": owner}
    guards: dict[UUID, Callable[[], int]] = {
        guest.cart_id: lambda: touch(open_cart(guest.cart_id, None), owner, **closed),
        mine.cart_id: lambda: touch(open_cart(mine.cart_id, owner), owner, currency=currency),
    }

    def effect() -> tuple[Contents, tuple[Adjustment, ...]]:
        for _, guard in sorted(guards.items()):
            if not guard():
                raise _Moved
        adjusted = _STRATEGIES[strategy](guest, mine, available)
        return queries.read_contents(mine.cart_id, owner), adjusted

    after, adjusted = transact("cart", effect)
    return Attached(queries.quote_of(after, queries.find_offers(after, known=offers)), adjusted)


def _add_up(guest: Contents, mine: Contents, available: dict[str, int]) -> tuple[Adjustment, ...]:
    try:
        return pour_lines(source=guest.cart_id, into=mine.cart_id, currency=guest.currency, available=available)
    except KeyError:
        raise _Moved from None  # a line came in since the stock was asked for


def _keep(guest: Contents, _mine: Contents, _available: dict[str, int]) -> tuple[Adjustment, ...]:
    CartLine.objects.filter(cart_id=guest.cart_id).delete()
    return ()


def _take(guest: Contents, mine: Contents, _available: dict[str, int]) -> tuple[Adjustment, ...]:
    CartLine.objects.filter(cart_id=mine.cart_id).delete()
    lines = CartLine.objects.filter(cart_id=guest.cart_id).values_list("sku", flat=True)
    move_lines(source=guest.cart_id, into=mine.cart_id, currency=guest.currency, skus=list(lines))
    return ()


_STRATEGIES = {Strategy.MERGE: _add_up, Strategy.KEEP_MINE: _keep, Strategy.TAKE_GUEST: _take}
