"""Addresses are checked as their country writes them; phone numbers have one spelling."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from shop.addresses import PostalAddress, checked_address, country_names, country_rules
from shop.errors import Invalid
from shop.phones import e164

BERLIN = PostalAddress("Ada Lovelace", "Torstr. 1", "DE", postal_code="10115", city="Berlin")
SEATTLE = PostalAddress("Ada Lovelace", "1 Pike Pl", "US", postal_code="98101", city="Seattle", region="WA")


def refusals(address, at=""):
    with pytest.raises(Invalid) as refusal:
        checked_address(address, at=at)
    return [(error.pointer, error.code) for error in refusal.value.errors]


def test_an_address_that_its_country_knows_is_kept_as_it_is():
    assert checked_address(BERLIN) == BERLIN
    assert checked_address(SEATTLE) == SEATTLE


@pytest.mark.parametrize("text", ["wa", "Washington", "WASHINGTON"])
def test_a_region_is_stored_by_its_code_however_it_was_named(text):
    assert checked_address(replace(SEATTLE, region=text)).region == "WA"


def test_a_region_is_understood_in_each_language_of_its_country():
    quebec = PostalAddress("Ada", "1 rue X", "CA", postal_code="H3Z 2Y7", city="Montréal", region="québec")
    assert checked_address(quebec).region == "QC"


def test_every_wrong_field_is_named_below_the_address():
    wrong = replace(SEATTLE, name="", postal_code="9810", city="", region="Bavaria")
    assert refusals(wrong, at="/shipping_address") == [
        ("/shipping_address/name", "required"),
        ("/shipping_address/city", "required"),
        ("/shipping_address/region", "unknown_region"),
        ("/shipping_address/postal_code", "invalid"),
    ]


def test_a_postal_code_must_lie_in_its_region():
    assert refusals(replace(SEATTLE, postal_code="10001")) == [("/postal_code", "not_in_region")]


@pytest.mark.parametrize("text", ["1011", "101155", "10115\n", "\u0661\u0660\u0661\u0661\u0665", "x" * 5])
def test_a_postal_code_looks_as_all_of_its_country(text):
    wrong = replace(BERLIN, postal_code=text)
    if text.strip() == "10115":
        assert checked_address(wrong).postal_code == "10115"
    else:
        assert refusals(wrong) == [("/postal_code", "invalid")]


@pytest.mark.parametrize("text", ["CH-8000", "ch-8000", " 8000 "])
def test_a_postal_code_is_stored_without_the_country_in_front(text):
    zurich = PostalAddress("Ada", "Weg 1", "CH", postal_code=text, city="Zürich")
    assert checked_address(zurich).postal_code == "8000"


def test_the_end_of_a_british_postal_code_counts():
    london = PostalAddress("Ada", "1 Road", "GB", postal_code="ec1y 8sy", city="London")
    assert checked_address(london).postal_code == "EC1Y 8SY"
    assert refusals(replace(london, postal_code="EC1Y 8SYX")) == [("/postal_code", "invalid")]


def test_what_a_country_does_not_ask_for_may_be_left_out_or_given():
    dubai = PostalAddress("Ada", "Street 1", "AE", region="Dubai")
    assert checked_address(dubai).region == "إمارة دبيّ"
    assert checked_address(replace(BERLIN, region="Brandenburg")).region == "Brandenburg"


@pytest.mark.parametrize("country", ["", "de", "XX", "ZZ", "ALL", "DEU", "../zz", "XK"])
def test_a_country_is_one_of_iso_3166(country):
    assert country_rules(country) is None
    assert refusals(replace(BERLIN, country=country)) == [("/country", "unknown_country")]


def test_all_countries_can_be_written_to():
    assert len(country_names()) == 249
    for code in country_names():
        rules = country_rules(code)
        assert rules is not None
        assert set(rules.required) <= set(rules.fields)
        for example in rules.postal_code_examples:
            assert re.fullmatch(rules.postal_code_pattern, example), (code, example)


def test_a_phone_number_has_one_spelling():
    assert e164("030 901820", "DE") == e164("+49 (30) 90-18-20") == "+4930901820"
    assert e164("(206) 624-0173", "US") == "+12066240173"


@pytest.mark.parametrize("text", ["", "12", "030 901820", "+999 1", "+4930901820 ext. 7", "x" * 10_000])
def test_what_is_no_phone_number_is_none(text):
    assert e164(text) is None
