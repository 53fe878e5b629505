"""Money: whole minor units and a currency. Never a float, never a bare number.

Promise: no cent is made or lost (`split` sums up exactly), and two currencies never meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

_DIGITS_BY_CURRENCY = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF "
    "CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF "
    "IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR "
    "MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD "
    "SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD YER "
    "ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
CURRENCIES = {code: digits for digits, codes in _DIGITS_BY_CURRENCY.items() for code in codes.split()}
"""ISO 4217 code -> number of digits of its minor unit."""


def digits(currency: str) -> int:
    """How many digits the minor unit has: 2 for EUR, 0 for JPY, 3 for KWD."""
    try:
        return CURRENCIES[currency]
    except KeyError:
        raise ValueError(f"{currency!r} is not a currency of ISO 4217") from None


@dataclass(frozen=True, slots=True)
class Money:
    """So many minor units of one currency: Money(1999, "EUR") is 19.99 EUR."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise ValueError(f"Money counts whole minor units, not {self.amount!r}")
        digits(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, but of this currency."""
        return cls(0, currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __bool__(self) -> bool:
        return self.amount != 0

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def times(self, count: int) -> Money:
        """So many of it."""
        return Money(self.amount * count, self.currency)

    def percent(self, rate: Decimal | str) -> Money:
        """`rate` percent of it, halves rounded away from zero."""
        part = Decimal(self.amount) * Decimal(rate) / 100
        return Money(int(part.quantize(Decimal(1), rounding=ROUND_HALF_UP)), self.currency)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Shares in proportion to `weights` that sum up exactly; what is left goes to the largest remainders."""
        total = sum(weights)
        if total <= 0 or min(weights) < 0:
            raise ValueError("split needs weights of zero or more, and one above zero")
        parts = [divmod(self.amount * weight, total) for weight in weights]
        missing = self.amount - sum(whole for whole, _ in parts)
        order = sorted(range(len(parts)), key=lambda index: (-parts[index][1], index))
        extra = set(order[:missing])
        return tuple(Money(whole + (index in extra), self.currency) for index, (whole, _) in enumerate(parts))

    def to_decimal(self) -> Decimal:
        """In major units: Decimal("19.99")."""
        return Decimal(self.amount).scaleb(-digits(self.currency))

    def format(self, locale: str = "en") -> str:
        """For people, in their locale's way."""
        from babel.numbers import format_currency

        return str(format_currency(self.to_decimal(), self.currency, locale=locale))

    def __str__(self) -> str:
        return f"{self.to_decimal()} {self.currency}"

    def _same(self, other: Money) -> int:
        if not isinstance(other, Money):
            raise TypeError(f"Money and {type(other).__name__} do not mix")
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.amount
