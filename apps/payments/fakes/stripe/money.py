"""Currencies that the fake takes, their digits and the smallest charge of each, from Stripe's public table."""

from __future__ import annotations

from .errors import ValidationError

ZERO_DECIMAL = frozenset((
    "bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "vnd", "vuv", "xaf", "xof", "xpf",
))  # fmt: skip
THREE_DECIMAL = frozenset(("bhd", "jod", "kwd", "omr", "tnd"))
TWO_DECIMAL = frozenset((
    "aed", "ars", "aud", "bgn", "brl", "cad", "chf", "cny", "cop", "czk", "dkk", "egp", "eur", "gbp", "hkd", "huf",
    "idr", "ils", "inr", "isk", "mad", "mxn", "myr", "ngn", "nok", "nzd", "pen", "php", "pln", "qar", "ron", "rsd",
    "sar", "sek", "sgd", "thb", "try", "twd", "uah", "usd", "zar",
))  # fmt: skip
SUPPORTED = TWO_DECIMAL | ZERO_DECIMAL | THREE_DECIMAL
SMALLEST = {
    "aed": 200, "bgn": 100, "chf": 50, "czk": 1500, "dkk": 250, "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500,
    "jpy": 50, "mxn": 1000, "myr": 200, "nok": 300, "pln": 200, "ron": 200, "sek": 300, "thb": 1000, "usd": 50,
}  # fmt: skip
SYMBOLS = {"eur": "€", "usd": "$", "gbp": "£", "jpy": "¥"}
LARGEST = 99_999_999


def digits(currency: str) -> int:
    """Decimals of a currency's smallest unit."""
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2


def written(amount: int, currency: str) -> str:
    """Write an amount as Stripe's messages do: `€12.50`, `¥800`, `5.120 kwd`."""
    places = digits(currency)
    number = f"{amount / 10**places:,.{places}f}"
    symbol = SYMBOLS.get(currency)
    return f"{symbol}{number}" if symbol else f"{number} {currency}"


def checked_currency(text: str) -> str:
    """Lower-case a currency, or refuse it."""
    currency = text.lower()
    if currency not in SUPPORTED:
        raise ValidationError(
            f"Invalid currency: {text}. Stripe currently supports these currencies: {', '.join(sorted(SUPPORTED))}",
            param="currency",
        )
    return currency


def check_amount(amount: int, currency: str) -> None:
    """Refuse what Stripe would not charge: too small, too large, or a third decimal that is not zero."""
    least = SMALLEST.get(currency, 50)
    if amount < least:
        raise ValidationError(
            f"Amount must be at least {written(least, currency)} {currency}", code="amount_too_small", param="amount"
        )
    if amount > LARGEST:
        raise ValidationError(
            f"Amount must be no more than {written(LARGEST, currency)}", code="amount_too_large", param="amount"
        )
    if currency in THREE_DECIMAL and amount % 10:
        raise ValidationError(
            f"Invalid amount: in {currency} the last digit must be 0.", code="parameter_invalid_integer", param="amount"
        )
