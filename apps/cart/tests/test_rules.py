"""Totals are exact, tax is rounded half up per line, problems are typed. No database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.cart.rules import Adjustment, Contents, Elsewhere, Entry, Terms, merged, quote, shipping_for, tax_of
from apps.cart.tests.doubles import PRODUCT, offer
from apps.catalog.contracts import Offer
from shop.money import Money

CART = UUID("0190a000-0000-7000-8000-000000000009")
LATER = datetime(2030, 1, 1, tzinfo=UTC)

patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine is no fault of the rules."""


def eur(amount: int) -> Money:
    return Money(amount, "EUR")


def terms(**changes) -> Terms:
    values: dict[str, Any] = {
        "shipping": eur(495),
        "free_from": eur(5000),
        "tax_rates": {"standard": "19", "reduced": "7"},
        "tax_included": True,
        "minimum": eur(50),
        "max_quantity": 999,
    }
    return Terms(**(values | changes))


def entry(sku: str, quantity: int = 1, seen: int = 1000, tax_class: str = "standard") -> Entry:
    return Entry(sku, quantity, PRODUCT, f"Mug {sku}", tax_class, eur(seen))


def contents(*entries: Entry) -> Contents:
    return Contents(CART, None, 3, "EUR", LATER, entries)


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

    [problem] = found.problems
    assert (found.subtotal, problem.code, problem.action) == (eur(1000), "price_changed", "acknowledge")
    assert (problem.sku, problem.old, problem.new) == ("A", eur(900), eur(1000))


def test_a_price_that_was_seen_in_another_currency_has_changed_too():
    one = Entry("A", 1, PRODUCT, "Mug", "standard", Money(1000, "USD"))

    [problem] = quote(contents(one), {"A": offer("A", 1000)}, terms()).problems

    assert (problem.code, problem.old, problem.new) == ("price_changed", Money(1000, "USD"), eur(1000))


def test_what_has_no_price_in_the_carts_currency_counts_nothing_and_says_where_it_has_one():
    one = Entry("A", 2, PRODUCT, "Mug", "standard", Money(1000, "USD"))

    found = quote(contents(one), {"A": Elsewhere(("CHF", "USD"))}, terms(shipping=eur(0)))

    [problem] = found.problems
    assert (found.lines[0].unit_price, found.total) == (eur(0), eur(0))
    assert (problem.code, problem.action) == ("currency_missing", "change_currency")
    assert problem.detail == "Mug is not sold in EUR, but in CHF, USD."


def test_what_lost_its_price_in_the_carts_currency_is_shown_as_it_was_seen():
    found = quote(contents(entry("A", seen=700)), {"A": Elsewhere(("USD",))}, terms())

    assert (found.lines[0].unit_price, problem_codes(found)) == (eur(700), ["currency_missing"])


def test_more_than_one_line_may_hold_is_a_problem_when_the_limit_was_lowered():
    found = quote(contents(entry("A", 6)), {"A": offer("A")}, terms(max_quantity=5))

    assert [(one.code, one.left, one.action) for one in found.problems] == [("quantity_limit", 5, "set_quantity")]


def test_every_problem_says_what_it_is_of_and_what_solves_it():
    offers = {"A": None, "B": Elsewhere(("USD",)), "C": offer("C", 10, available=0), "D": offer("D", 10, available=1)}
    entries = [entry("A", seen=0), entry("B", seen=0), entry("C", 9, seen=9), entry("D", 9, seen=10)]
    cheap = terms(shipping=eur(0), max_quantity=8, minimum=eur(5000))

    found = quote(contents(*entries), offers, cheap)

    assert [(one.sku, one.code, one.action) for one in found.problems] == [
        ("A", "unavailable", "remove_line"),
        ("B", "currency_missing", "change_currency"),
        ("C", "quantity_limit", "set_quantity"),
        ("C", "out_of_stock", "remove_line"),
        ("C", "price_changed", "acknowledge"),
        ("D", "quantity_limit", "set_quantity"),
        ("D", "out_of_stock", "set_quantity"),
        (None, "below_minimum", "add_line"),
    ]
    assert all(one.detail for one in found.problems)
    assert quote(contents(), {}, cheap).problems[0].action == "add_line"


@pytest.mark.parametrize(
    ("mine", "guest", "stock", "together", "adjusted"),
    [
        ({"A": 2}, {"A": 3}, {"A": 9}, {"A": 5}, ()),
        ({"A": 2}, {"B": 3}, {}, {"A": 2, "B": 3}, ()),
        ({"A": 4}, {"A": 3}, {"A": 5}, {"A": 5}, (Adjustment("A", 7, 5, "out_of_stock"),)),
        ({"A": 4}, {"A": 3}, {"A": 0}, {"A": 4}, (Adjustment("A", 7, 4, "out_of_stock"),)),
        ({"A": 3}, {"A": 4}, {}, {"A": 4}, (Adjustment("A", 7, 4, "out_of_stock"),)),
        ({"A": 18}, {"A": 18}, {"A": 99}, {"A": 20}, (Adjustment("A", 36, 20, "quantity_limit"),)),
        ({}, {"A": 30}, {"A": 99}, {"A": 20}, (Adjustment("A", 30, 20, "quantity_limit"),)),
        ({"A": 1, "B": 1}, {"C": 1, "D": 2}, {}, {"A": 1, "B": 1, "C": 1}, (Adjustment("D", 2, 0, "too_many_lines"),)),
        ({"A": 1, "B": 1, "C": 1}, {"C": 1}, {"C": 9}, {"A": 1, "B": 1, "C": 2}, ()),
    ],
)
def test_two_carts_add_up_to_the_stock_and_to_the_limits(mine, guest, stock, together, adjusted):
    assert merged(mine, guest, stock, max_quantity=20, max_lines=3) == (together, adjusted)


some = st.dictionaries(st.sampled_from("ABCDE"), st.integers(1, 999), max_size=5)


@patiently
@given(some, some, st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 1500)))
def test_a_merge_loses_no_line_and_takes_nothing_that_a_cart_held(mine, guest, stock):
    together, adjusted = merged(mine, guest, stock, max_quantity=999, max_lines=100)

    assert together.keys() == mine.keys() | guest.keys()
    for sku, quantity in together.items():
        a, b = mine.get(sku, 0), guest.get(sku, 0)
        assert max(a, b) <= quantity <= min(a + b, 999)
        assert quantity == min(a + b, 999) or quantity == max(stock.get(sku, 0), a, b)
        assert (quantity < a + b) == (sku in {one.sku for one in adjusted})


def test_below_the_providers_minimum_is_a_problem_but_nothing_at_all_is_not():
    cheap, free = terms(shipping=eur(0)), terms(shipping=eur(0))

    assert problem_codes(quote(contents(entry("A", seen=49)), {"A": offer("A", 49)}, cheap)) == ["below_minimum"]
    assert problem_codes(quote(contents(entry("A", seen=50)), {"A": offer("A", 50)}, cheap)) == []
    assert problem_codes(quote(contents(entry("A", seen=0)), {"A": offer("A", 0)}, free)) == []


lines = st.lists(
    st.tuples(st.integers(1, 999), st.integers(0, 10**7), st.sampled_from(["standard", "reduced", "none"])), max_size=8
)
rates = st.decimals(0, 30, places=1).map(str)


@patiently
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
    free = Terms(
        Money(0, currency), None, {"standard": "10"}, tax_included=True, minimum=Money(1, currency), max_quantity=9
    )

    found = quote(Contents(CART, None, 0, currency, LATER, (one,)), {"A": priced}, free)

    assert (found.total, found.tax) == (Money(999, currency), Money(91, currency))
