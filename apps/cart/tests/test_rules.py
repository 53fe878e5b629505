"""Totals are exact, tax is rounded half up per line, problems are typed. No database."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.cart.rules import Contents, Entry, Terms, quote, shipping_for, tax_of
from apps.cart.tests.doubles import PRODUCT, offer
from apps.catalog.contracts import Offer
from shop.money import Money

CART = UUID("0190a000-0000-7000-8000-000000000009")


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def terms(**changes) -> Terms:
    values: dict[str, Any] = {
        "shipping": eur(495),
        "free_from": eur(5000),
        "tax_rates": {"standard": "19", "reduced": "7"},
        "tax_included": True,
        "minimum": eur(50),
    }
    return Terms(**(values | changes))


def entry(sku: str, quantity: int = 1, seen: int = 1000, tax_class: str = "standard") -> Entry:
    return Entry(sku, quantity, PRODUCT, f"Mug {sku}", tax_class, eur(seen))


def contents(*entries: Entry) -> Contents:
    return Contents(CART, 3, "EUR", entries)


def problem_codes(found) -> list[str]:
    return [problem.code for problem in found.problems]


def test_a_cart_costs_its_lines_and_shipping_and_tax_is_inside():
    found = quote(contents(entry("A", 2)), {"A": offer("A")}, terms())

    assert (found.subtotal, found.shipping, found.total) == (eur(2000), eur(495), eur(2495))
    assert found.lines[0].tax == eur(319)  # 2000 * 19 / 119 = 319.33
    assert found.tax == eur(319 + 79)  # 495 * 19 / 119 = 79.03
    assert found.problems == ()


def test_tax_on_top_is_part_of_the_total():
    found = quote(contents(entry("A")), {"A": offer("A")}, terms(tax_included=False))

    assert found.lines[0].tax == eur(190)
    assert found.total == eur(1000 + 495 + 190 + 94)


def test_tax_is_rounded_half_up():
    assert tax_of(eur(50), "19", included=False) == eur(10)  # 9.5
    assert tax_of(eur(1), "7.7", included=False) == eur(0)
    assert tax_of(eur(3), "100", included=True) == eur(2)  # 1.5


def test_shipping_is_free_from_a_certain_subtotal_on():
    assert shipping_for(eur(4999), terms()) == eur(495)
    assert shipping_for(eur(5000), terms()) == eur(0)
    assert shipping_for(eur(999_999), terms(free_from=None)) == eur(495)


def test_each_line_has_the_rate_of_its_class_and_an_unknown_class_is_taxed_as_standard():
    offers = {"A": offer("A", tax_class="reduced"), "B": offer("B", tax_class="exotic")}

    found = quote(contents(entry("A"), entry("B")), offers, terms())

    assert [line.tax_rate for line in found.lines] == ["7", "19"]
    assert terms(tax_rates={}).rate("exotic") == "0"


def test_an_empty_cart_costs_nothing_and_says_that_it_is_empty():
    found = quote(contents(), {}, terms())

    assert (found.total, found.shipping, problem_codes(found)) == (eur(0), eur(0), ["empty"])


def test_what_is_not_sold_any_more_is_shown_as_it_was_seen():
    found = quote(contents(entry("A", seen=700)), {"A": None}, terms())

    assert (found.lines[0].unit_price, found.lines[0].name) == (eur(700), "Mug A")
    assert [(problem.code, problem.sku) for problem in found.problems] == [("unavailable", "A")]


def test_more_than_is_left_says_how_many_are_left():
    found = quote(contents(entry("A", 3)), {"A": offer("A", available=2)}, terms())

    assert [(problem.code, problem.sku, problem.left) for problem in found.problems] == [("out_of_stock", "A", 2)]


def test_what_is_sold_out_says_so():
    found = quote(contents(entry("A", 1)), {"A": offer("A", available=0)}, terms())

    assert [(problem.detail, problem.left) for problem in found.problems] == [("A is sold out.", 0)]


def test_another_price_than_the_seen_one_is_a_problem_and_the_live_one_counts():
    found = quote(contents(entry("A", seen=900)), {"A": offer("A", 1000)}, terms())

    assert (found.subtotal, problem_codes(found)) == (eur(1000), ["price_changed"])


def test_below_the_providers_minimum_is_a_problem_but_nothing_at_all_is_not():
    cheap, free = terms(shipping=eur(0)), terms(shipping=eur(0))

    assert problem_codes(quote(contents(entry("A", seen=49)), {"A": offer("A", 49)}, cheap)) == ["below_minimum"]
    assert problem_codes(quote(contents(entry("A", seen=50)), {"A": offer("A", 50)}, cheap)) == []
    assert problem_codes(quote(contents(entry("A", seen=0)), {"A": offer("A", 0)}, free)) == []


lines = st.lists(
    st.tuples(st.integers(1, 999), st.integers(0, 10**7), st.sampled_from(["standard", "reduced", "none"])), max_size=8
)
rates = st.decimals(0, 30, places=1).map(str)


@given(lines, rates, rates, st.booleans(), st.integers(0, 2000), st.none() | st.integers(0, 10**6))
def test_the_total_is_always_the_sum_of_what_is_shown(wanted, standard, reduced, included, fee, free_from):
    offers: dict[str, Offer | None] = {}
    entries = []
    for number, (quantity, price, tax_class) in enumerate(wanted):
        offers[str(number)] = offer(str(number), price, 1000, tax_class)
        entries.append(entry(str(number), quantity, price, tax_class))
    found = quote(
        contents(*entries),
        offers,
        terms(
            shipping=eur(fee),
            free_from=None if free_from is None else eur(free_from),
            tax_rates={"standard": standard, "reduced": reduced},
            tax_included=included,
        ),
    )

    assert found.subtotal.amount == sum(line.total.amount for line in found.lines)
    assert all(line.total == line.unit_price.times(line.quantity) for line in found.lines)
    extra = 0 if included else found.tax.amount
    assert found.total.amount == found.subtotal.amount + found.shipping.amount + extra
    shipping_tax = tax_of(found.shipping, standard, included=included)
    assert found.tax.amount == sum(line.tax.amount for line in found.lines) + shipping_tax.amount
    if included:
        assert 0 <= found.tax.amount <= found.total.amount


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_currencies_with_other_digits_need_nothing_special(currency):
    one = Entry("A", 3, PRODUCT, "Mug", "standard", Money(333, currency))
    priced = Offer("A", PRODUCT, "mug", "Mug", Money(333, currency), "standard", 9)
    free = Terms(Money(0, currency), None, {"standard": "10"}, tax_included=True, minimum=Money(1, currency))

    found = quote(Contents(CART, 0, currency, (one,)), {"A": priced}, free)

    assert (found.total, found.tax) == (Money(999, currency), Money(91, currency))
