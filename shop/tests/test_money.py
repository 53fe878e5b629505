"""Money adds up, or refuses."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from shop.money import CURRENCIES, Money, digits


def test_sums_and_differences_keep_the_currency():
    assert Money(1999, "EUR") + Money(1, "EUR") - Money(500, "EUR") == Money(1500, "EUR")
    assert Money(250, "JPY").times(3) == Money(750, "JPY")
    assert -Money(5, "EUR") == Money(-5, "EUR")
    assert not Money.zero("KWD")


@pytest.mark.parametrize("wrong", [19.99, "1999", True, None])
def test_only_whole_minor_units_are_money(wrong):
    with pytest.raises(ValueError, match="whole minor units"):
        Money(wrong, "EUR")


def test_an_unknown_currency_is_refused():
    with pytest.raises(ValueError, match="'EURO' is not a currency"):
        Money(1, "EURO")


@pytest.mark.parametrize("operation", ["__add__", "__sub__", "__lt__", "__le__", "__gt__", "__ge__"])
def test_two_currencies_never_meet(operation):
    with pytest.raises(ValueError, match="EUR and USD do not mix"):
        getattr(Money(1, "EUR"), operation)(Money(1, "USD"))
    with pytest.raises(TypeError, match="Money and int do not mix"):
        getattr(Money(1, "EUR"), operation)(1)


def test_money_of_one_currency_is_ordered():
    small, big = Money(1, "EUR"), Money(2, "EUR")
    assert small < big
    assert big > small
    assert small <= small  # noqa: PLR0124
    assert big >= small
    assert max(small, big) == big


@pytest.mark.parametrize(
    ("amount", "weights", "shares"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (5, (3, 7), (2, 3)),
        (-100, (1, 1, 1), (-33, -33, -34)),
        (7, (0, 1), (0, 7)),
        (0, (2, 3), (0, 0)),
    ],
)
def test_a_split_loses_no_cent(amount, weights, shares):
    split = Money(amount, "EUR").split(weights)
    assert sum(share.amount for share in split) == amount
    assert sorted(share.amount for share in split) == sorted(shares)


@pytest.mark.parametrize("weights", [(), (0, 0), (1, -1, 5)])
def test_a_split_needs_sensible_weights(weights):
    with pytest.raises(ValueError, match="split needs weights"):
        Money(100, "EUR").split(weights)


@pytest.mark.parametrize(("rate", "part"), [("19", 190), ("0.05", 1), ("0.04", 0), (Decimal("7.75"), 78)])
def test_percent_rounds_half_up(rate, part):
    assert Money(1000, "EUR").percent(rate) == Money(part, "EUR")


def test_digits_follow_iso_4217():
    assert (digits("EUR"), digits("JPY"), digits("KWD")) == (2, 0, 3)
    assert len(CURRENCIES) > 150
    assert Money(1999, "KWD").to_decimal() == Decimal("1.999")


def test_it_is_written_for_people_and_for_logs():
    assert Money(199900, "EUR").format() == "€1,999.00"
    assert Money(500, "JPY").format("en") == "¥500"
    assert str(Money(1999, "EUR")) == "19.99 EUR"


def test_the_wire_checks_it_too():
    assert msgspec.json.decode(b'{"amount":5,"currency":"EUR"}', type=Money) == Money(5, "EUR")
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(b'{"amount":5,"currency":"XXX"}', type=Money)
