"""What a cart costs and why it cannot be ordered: pure arithmetic on whole minor units, no Django.

Tax is rounded half up per line, and once for shipping, which is taxed as class "standard". So the
total is exact: it is the sum of what is shown.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from apps.catalog.contracts import Offer
from shop.money import Money

from .contracts import Problem, Quote, QuoteLine

MAX_QUANTITY = 999
"""Of one line."""
STANDARD = "standard"


@dataclass(frozen=True, slots=True)
class Entry:
    """A line as it is stored: what the buyer wants, and what they last saw of it."""

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

    def rate(self, tax_class: str) -> str:
        """Per cent, as a decimal string."""
        return self.tax_rates.get(tax_class, self.tax_rates.get(STANDARD, "0"))


@dataclass(frozen=True, slots=True)
class Contents:
    """One cart as it is stored, read at one moment."""

    cart_id: UUID
    revision: int
    currency: str
    entries: tuple[Entry, ...]


def quote(contents: Contents, offers: Mapping[str, Offer | None], terms: Terms) -> Quote:
    """Everything that a buyer must know of the cart now."""
    zero = Money.zero(contents.currency)
    lines = tuple(_line(entry, offers.get(entry.sku), terms) for entry in contents.entries)
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
        problems=_problems(contents.entries, offers, total, terms),
    )


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


def _line(entry: Entry, offer: Offer | None, terms: Terms) -> QuoteLine:
    """With the live offer; without one as it was last seen, so that the buyer recognises it."""
    price = offer.price if offer else entry.seen_price
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


def _problems(
    entries: Sequence[Entry], offers: Mapping[str, Offer | None], total: Money, terms: Terms
) -> tuple[Problem, ...]:
    if not entries:
        return (Problem("empty", "The cart is empty."),)
    found = [problem for entry in entries for problem in _line_problems(entry, offers.get(entry.sku))]
    if total and total < terms.minimum:
        found.append(Problem("below_minimum", f"An order must come to at least {terms.minimum}."))
    return tuple(found)


def _line_problems(entry: Entry, offer: Offer | None) -> list[Problem]:
    if offer is None:
        return [Problem("unavailable", f"{entry.name} is not sold any more.", sku=entry.sku)]
    found = []
    if offer.available < entry.quantity:
        left = max(offer.available, 0)
        told = f"Only {left} of {entry.sku} are left." if left else f"{entry.sku} is sold out."
        found.append(Problem("out_of_stock", told, sku=entry.sku, left=left))
    if offer.price != entry.seen_price:
        changed = f"{entry.name} costs {offer.price} now; it was {entry.seen_price}."
        found.append(Problem("price_changed", changed, sku=entry.sku))
    return found
