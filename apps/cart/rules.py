"""What a cart costs, why it cannot be ordered, and how two become one: pure arithmetic on whole minor units, no Django.

Tax is rounded half up per line, and once for shipping, which is taxed as class "standard". So the
total is exact: it is the sum of what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

from apps.catalog.contracts import Offer
from shop.money import Money

from .contracts import Problem, Quote, QuoteLine

MAX_QUANTITY = 999
"""Of one line."""
STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A SKU that is sold, but has no price in the cart's currency."""

    currencies: tuple[str, ...]


Found = Offer | Elsewhere | None
"""What catalog says of a SKU in the cart's currency; None is "not for sale"."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as it is stored: what the buyer wants, and what they last saw of it, perhaps in another currency."""

    sku: str
    quantity: int
    product_id: UUID
    name: str
    tax_class: str
    seen_price: Money


@dataclass(frozen=True, slots=True)
class Terms:
    """The shop's conditions in one currency."""

    shipping: Money
    free_from: Money | None
    """The subtotal from which shipping is free; None is never."""
    tax_rates: Mapping[str, str]
    """Per cent by tax class. A class without a rate is taxed as "standard", no "standard" is no tax."""
    tax_included: bool
    minimum: Money
    """The least that the payment provider takes; a total of nothing needs no provider."""
    max_quantity: int
    """Of one line."""

    def rate(self, tax_class: str) -> str:
        """Per cent, as a decimal string."""
        return self.tax_rates.get(tax_class, self.tax_rates.get(STANDARD, "0"))


@dataclass(frozen=True, slots=True)
class Contents:
    """One cart as it is stored, read at one moment."""

    cart_id: UUID
    customer_id: UUID | None
    revision: int
    currency: str
    expires_at: datetime
    entries: tuple[Entry, ...]


def quote(contents: Contents, offers: Mapping[str, Found], terms: Terms) -> Quote:
    """Everything that a buyer must know of the cart now."""
    zero = Money.zero(contents.currency)
    lines = tuple(_line(entry, offers.get(entry.sku), contents.currency, terms) for entry in contents.entries)
    subtotal = sum((line.total for line in lines), zero)
    shipping = shipping_for(subtotal, terms) if lines else zero
    tax = sum((line.tax for line in lines), zero) + tax_of(shipping, terms.rate(STANDARD), included=terms.tax_included)
    total = subtotal + shipping if terms.tax_included else subtotal + shipping + tax
    return Quote(
        cart_id=contents.cart_id,
        revision=contents.revision,
        currency=contents.currency,
        lines=lines,
        subtotal=subtotal,
        shipping=shipping,
        tax=tax,
        tax_included=terms.tax_included,
        total=total,
        problems=_problems(contents, offers, total, terms),
        expires_at=contents.expires_at,
    )


class Strategy(StrEnum):
    """What becomes of a guest's cart and the customer's own, when both are there."""

    MERGE = "merge"
    """Quantities add up."""
    KEEP_MINE = "keep_mine"
    TAKE_GUEST = "take_guest"


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A line of which less than both carts together held is in the merged one. `code` says why."""

    sku: str
    wanted: int
    quantity: int
    code: str
    """out_of_stock, quantity_limit or too_many_lines (then `quantity` is 0)."""


def merged(
    mine: Mapping[str, int],
    guest: Mapping[str, int],
    available: Mapping[str, int],
    *,
    max_quantity: int,
    max_lines: int,
) -> tuple[dict[str, int], tuple[Adjustment, ...]]:
    """Quantities by SKU after the lines of `guest` came to `mine`: they add up to the stock and to the limit of a line.

    Stock lets the sum grow no further, but takes nothing that one of the carts held; where it is not known, of a SKU in
    both the larger quantity stays. A line that finds no room is left out.
    """
    quantities, adjustments = dict(mine), []
    for sku, more in guest.items():
        has = quantities.get(sku, 0)
        if not has and len(quantities) >= max_lines:
            adjustments.append(Adjustment(sku, more, 0, "too_many_lines"))
            continue
        wanted, stock = has + more, max(available.get(sku, 0), has, more)
        quantities[sku] = min(wanted, stock, max_quantity)
        if quantities[sku] < wanted:
            code = "quantity_limit" if quantities[sku] == max_quantity else "out_of_stock"
            adjustments.append(Adjustment(sku, wanted, quantities[sku], code))
    return quantities, tuple(adjustments)


def shipping_for(subtotal: Money, terms: Terms) -> Money:
    """The flat fee, or nothing from a certain subtotal on."""
    free = terms.free_from is not None and subtotal >= terms.free_from
    return Money.zero(subtotal.currency) if free else terms.shipping


def tax_of(amount: Money, rate: str, *, included: bool) -> Money:
    """The tax that is inside of `amount` (included), or that comes on top of it. Half up."""
    if not included:
        return amount.percent(rate)
    part = Decimal(amount.amount) * Decimal(rate) / (100 + Decimal(rate))
    return Money(int(part.quantize(Decimal(1), rounding=ROUND_HALF_UP)), amount.currency)


def _line(entry: Entry, found: Found, currency: str, terms: Terms) -> QuoteLine:
    """With the live offer; without one as it was last seen, so that the buyer recognises it.

    What was never seen in the cart's currency counts nothing: its problem tells why.
    """
    offer = found if isinstance(found, Offer) else None
    seen = entry.seen_price if entry.seen_price.currency == currency else Money.zero(currency)
    price = offer.price if offer else seen
    tax_class = offer.tax_class if offer else entry.tax_class
    total = price.times(entry.quantity)
    return QuoteLine(
        sku=entry.sku,
        product_id=offer.product_id if offer else entry.product_id,
        name=offer.name if offer else entry.name,
        quantity=entry.quantity,
        unit_price=price,
        total=total,
        tax_class=tax_class,
        tax_rate=terms.rate(tax_class),
        tax=tax_of(total, terms.rate(tax_class), included=terms.tax_included),
    )


def _problems(contents: Contents, offers: Mapping[str, Found], total: Money, terms: Terms) -> tuple[Problem, ...]:
    if not contents.entries:
        return (Problem("empty", "The cart is empty.", action="add_line"),)
    found = [
        problem
        for entry in contents.entries
        for problem in _line_problems(entry, offers.get(entry.sku), contents.currency, terms)
    ]
    if total and total < terms.minimum:
        at_least = f"An order must come to at least {terms.minimum}."
        found.append(Problem("below_minimum", at_least, action="add_line"))
    return tuple(found)


def _line_problems(entry: Entry, found: Found, currency: str, terms: Terms) -> list[Problem]:
    sku, name = entry.sku, entry.name
    if found is None:
        return [Problem("unavailable", f"{name} is not sold any more.", sku=sku, action="remove_line")]
    if isinstance(found, Elsewhere):
        told = f"{name} is not sold in {currency}, but in {', '.join(found.currencies)}."
        return [Problem("currency_missing", told, sku=sku, action="change_currency")]
    problems = []
    if entry.quantity > terms.max_quantity:
        told = f"At most {terms.max_quantity} of {sku} can be ordered at once."
        problems.append(Problem("quantity_limit", told, sku=sku, left=terms.max_quantity, action="set_quantity"))
    if found.available < entry.quantity:
        left = max(found.available, 0)
        told = f"Only {left} of {sku} are left." if left else f"{sku} is sold out."
        action = "set_quantity" if left else "remove_line"
        problems.append(Problem("out_of_stock", told, sku=sku, left=left, action=action))
    if found.price != entry.seen_price:
        told = f"{name} costs {found.price} now; it was {entry.seen_price}."
        problems.append(
            Problem("price_changed", told, sku=sku, old=entry.seen_price, new=found.price, action="acknowledge")
        )
    return problems
