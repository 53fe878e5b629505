"""Which price counts when. Pure functions of a variant's schedule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

SINCE_EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""`valid_from` of a price without a start: a value, because null would slip past the unique index."""


class _Scheduled(Protocol):
    @property
    def currency(self) -> str: ...
    @property
    def amount(self) -> int: ...
    @property
    def valid_from(self) -> datetime: ...
    @property
    def valid_until(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class PriceFact:
    currency: str
    amount: int
    valid_from: datetime = SINCE_EVER
    valid_until: datetime | None = None


def amounts_at(prices: Iterable[_Scheduled], at: datetime) -> dict[str, int]:
    """Currency to amount: of the prices valid at that time, the one that started last."""
    valid = [p for p in prices if p.valid_from <= at and (p.valid_until is None or at < p.valid_until)]
    return {p.currency: p.amount for p in sorted(valid, key=lambda p: p.valid_from)}


def regular_at(prices: Iterable[_Scheduled], at: datetime) -> dict[str, int]:
    """Currency to the standing amount, of those currencies in which something lower counts at that time."""
    prices = list(prices)
    current = amounts_at(prices, at)
    standing = {p.currency: p.amount for p in prices if p.valid_from == SINCE_EVER}
    return {currency: amount for currency, amount in standing.items() if current.get(currency, amount) < amount}


def next_change(prices: Iterable[_Scheduled], at: datetime) -> datetime | None:
    """The first start or end of a price after that time."""
    edges = (edge for p in prices for edge in (p.valid_from, p.valid_until))
    return min((edge for edge in edges if edge is not None and edge > at), default=None)
