"""What cart needs of other contexts, as fakes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID

from apps.cart import queries
from apps.catalog.contracts import Offer, SoldIn
from shop.errors import Unavailable
from shop.money import Money
from shop.testing.ports import fake_ports

PRODUCT = UUID("0190a000-0000-7000-8000-000000000001")


def offer(sku: str, price: int = 1000, available: int = 10, tax_class: str = "standard") -> Offer:
    """One variant, in EUR."""
    return Offer(
        sku=sku,
        product_id=PRODUCT,
        product_slug="mug",
        name=f"Mug {sku}",
        price=Money(price, "EUR"),
        tax_class=tax_class,
        available=available,
    )


@dataclass
class Shelf:
    """A catalog that can be changed by the test, and the minimum of the provider."""

    offers: dict[str, Offer] = field(default_factory=dict)
    """In EUR."""
    prices: dict[tuple[str, str], int] = field(default_factory=dict)
    """In other currencies, by SKU and currency."""
    minimum: int = 50
    payments_is_away: bool = False
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def put(self, *offers: Offer) -> None:
        """Sell these."""
        self.offers |= {one.sku: one for one in offers}

    def get_offers(self, *, skus: tuple[str, ...], currency: str) -> tuple[Offer, ...]:
        """The port."""
        self.asked.append(skus)
        found = [self.offers[sku] for sku in skus if sku in self.offers]
        return tuple(
            replace(one, price=Money(self.prices[one.sku, currency], currency)) if currency != "EUR" else one
            for one in found
            if currency == "EUR" or (one.sku, currency) in self.prices
        )

    def get_currencies(self, *, skus: tuple[str, ...]) -> tuple[SoldIn, ...]:
        """The port."""
        others = {sku: tuple(sorted(currency for known, currency in self.prices if known == sku)) for sku in skus}
        return tuple(SoldIn(sku, ("EUR", *others[sku])) for sku in skus if sku in self.offers)

    def get_minimums(self, *, currency: str) -> Money:
        """The port."""
        if self.payments_is_away:
            raise Unavailable("payments: refused")
        return Money(self.minimum, currency)


@contextmanager
def shelf(*offers: Offer, minimum: int = 50) -> Iterator[Shelf]:
    """Catalog and payments as far as cart asks them."""
    queries.forget_minimums()
    it = Shelf(minimum=minimum)
    it.put(*offers)
    with fake_ports(
        catalog={"get_offers": it.get_offers, "get_currencies": it.get_currencies},
        payments={"get_minimums": it.get_minimums},
    ):
        yield it
    queries.forget_minimums()
