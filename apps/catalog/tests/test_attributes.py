"""Typed attributes: the one form in which each kind of value is kept. No database."""

from __future__ import annotations

import pytest

from apps.catalog.rules import AttributeRule, Kind, attribute_facts, attribute_values, missing_values

RULES = (
    AttributeRule("text", "Text", Kind.TEXT),
    AttributeRule("number", "Number", Kind.NUMBER, unit="cm"),
    AttributeRule("boolean", "Boolean", Kind.BOOLEAN),
    AttributeRule("date", "Date", Kind.DATE),
    AttributeRule("choice", "Choice", Kind.CHOICE, choices=("oak", "ash"), required=True),
    AttributeRule("many", "Many", Kind.MULTI_CHOICE, choices=("a", "b", "c")),
)


@pytest.mark.parametrize(
    ("code", "given", "kept"),
    [
        ("text", "  oiled ", "oiled"),
        ("number", 2.0, 2),
        ("number", 0.1234567, 0.123457),
        ("number", -5, -5),
        ("boolean", False, False),
        ("date", "2026-02-28", "2026-02-28"),
        ("choice", "ash", "ash"),
        ("many", ["c", "a", "c"], ["a", "c"]),
        ("many", [], []),
    ],
)
def test_a_value_is_kept_in_one_form(code, given, kept):
    values, errors = attribute_values(RULES, {code: given})
    assert (values, errors) == ({code: kept}, [])
    assert type(values[code]) is type(kept)


@pytest.mark.parametrize(
    ("code", "given", "wrong"),
    [
        ("text", "   ", "not_a_text"),
        ("text", 5, "not_a_text"),
        ("text", "x" * 1001, "too_long"),
        ("number", "5", "not_a_number"),
        ("number", True, "not_a_number"),
        ("number", float("nan"), "too_large"),
        ("number", float("inf"), "too_large"),
        pytest.param("number", 10**400, "too_large", id="huge"),
        ("boolean", "yes", "not_a_boolean"),
        ("boolean", 1, "not_a_boolean"),
        ("date", "2026-02-30", "not_a_date"),
        ("date", "20260228", "not_a_date"),
        ("date", 20260228, "not_a_date"),
        ("choice", "OAK", "not_a_choice"),
        ("choice", ["oak"], "not_a_choice"),
        ("many", "a", "not_a_list"),
        ("many", ["a", "x"], "not_a_choice"),
        ("many", [{"$gt": ""}], "not_a_choice"),
        ("weight", 1, "unknown_attribute"),
    ],
)
def test_a_wrong_value_is_told_by_its_code(code, given, wrong):
    values, errors = attribute_values(RULES, {code: given})
    assert values == {}
    assert [(error.pointer, error.code) for error in errors] == [(f"/attributes/{code}", wrong)]


def test_null_states_nothing_and_what_is_required_is_missing_then():
    values, errors = attribute_values(RULES, {"choice": None})
    assert (values, errors) == ({}, [])
    assert [error.pointer for error in missing_values(RULES, values)] == ["/attributes/choice"]


def test_only_what_the_type_still_has_is_shown_in_its_order():
    shown = attribute_facts(RULES, {"gone": 1, "many": ["a"], "number": 3})
    assert [(fact.code, fact.unit, fact.value) for fact in shown] == [("number", "cm", 3), ("many", "", ["a"])]
