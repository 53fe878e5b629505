"""What cart says to others: plain frozen values, errors and events. No Django here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from apps.accounts.contracts import AccountDeleted
from shop.errors import DomainError
from shop.events import consumes
from shop.money import Money


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cart, or one line of it, cannot be ordered as it is. `code` is stable."""

    code: str
    """One of: empty, unavailable, currency_missing, out_of_stock (with `left`), quantity_limit (`left` is the limit),
    price_changed (with `old` and `new`), below_minimum."""
    detail: str
    sku: str | None = None
    left: int | None = None
    old: Money | None = None
    """The price that the buyer saw last, perhaps in another currency."""
    new: Money | None = None
    action: str = ""
    """What solves it: add_line, remove_line, set_quantity, change_currency or acknowledge."""


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line with live prices. `total` is `unit_price` times `quantity`."""

    sku: str
    product_id: UUID
    name: str
    quantity: int
    unit_price: Money
    total: Money
    tax_class: str
    tax_rate: str
    """Per cent as a decimal string: "19" or "7.7"."""
    tax: Money
    """The tax that `total` holds (prices include tax) or that comes on top (they do not)."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What a cart costs now. `total = subtotal + shipping (+ tax, when prices do not include it)`."""

    cart_id: UUID
    revision: int
    """Grows with every change of the cart; `check_out` takes it back to be sure nothing changed."""
    currency: str
    lines: tuple[QuoteLine, ...]
    subtotal: Money
    shipping: Money
    tax: Money
    tax_included: bool
    total: Money
    problems: tuple[Problem, ...]
    expires_at: datetime
    """When the cart is forgotten, if nobody touches it."""


@dataclass(frozen=True, slots=True)
class WantedLine:
    """So many of one SKU, for a cart."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class ShortLine:
    """Of one SKU less than was wanted went into the cart, or nothing. `code` is stable."""

    sku: str
    wanted: int
    quantity: int
    code: str
    """unavailable, currency_missing, out_of_stock, quantity_limit or too_many_lines."""


@dataclass(frozen=True, slots=True)
class Filled:
    """The cart that has the lines now, and what did not fit; `added` counts the lines that are in it."""

    cart_id: UUID
    added: int
    short: tuple[ShortLine, ...]


@dataclass(frozen=True, slots=True)
class CheckOut:
    """The cart is closed and belongs to `order_id`."""

    cart_id: UUID
    order_id: UUID
    customer_id: UUID | None


class CartNotFound(DomainError):
    """No cart has this id, it is another customer's, or it has expired: all look the same."""

    code: ClassVar[str] = "cart.not_found"
    title: ClassVar[str] = "No such cart"
    status: ClassVar[int] = 404


class CartOrdered(DomainError):
    """The cart was ordered already (params: order_id) and cannot change any more."""

    code: ClassVar[str] = "cart.ordered"
    title: ClassVar[str] = "Cart was ordered"
    status: ClassVar[int] = 409


class CartMerged(DomainError):
    """The cart's lines are in another one of its owner now (params: cart_id)."""

    code: ClassVar[str] = "cart.merged"
    title: ClassVar[str] = "Cart was merged"
    status: ClassVar[int] = 409


class CartChanged(DomainError):
    """The cart is not what was quoted: look at it again, then order."""

    code: ClassVar[str] = "cart.changed"
    title: ClassVar[str] = "Cart has changed"
    status: ClassVar[int] = 409


class CartStale(DomainError):
    """The caller's If-Match names an older revision of the cart."""

    code: ClassVar[str] = "cart.stale"
    title: ClassVar[str] = "Cart has changed"
    status: ClassVar[int] = 412


consumes("cart", AccountDeleted)
