"""Typed attributes: what a product type lets a product state, and the one form in which a value is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from shop.errors import FieldError

LONGEST_TEXT = 1_000
LARGEST_NUMBER = 10**12
DIGITS = 6
"""Places behind the point that a number keeps."""

Value = str | int | float | bool | list[str]


class Kind(StrEnum):
    """How an attribute's values look."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    CHOICE = "choice"
    MULTI_CHOICE = "multi_choice"


@dataclass(frozen=True, slots=True)
class AttributeRule:
    """One thing that is stated of every product of a type."""

    code: str
    name: str
    kind: str
    unit: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False
    filterable: bool = False


@dataclass(frozen=True, slots=True)
class AttributeFact:
    """What one product states."""

    code: str
    name: str
    kind: str
    unit: str
    value: Value


class _Wrong(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


def attribute_values(
    rules: Sequence[AttributeRule], given: Mapping[str, Any]
) -> tuple[dict[str, Value], list[FieldError]]:
    """The values as they are kept, in the type's order, and what is wrong with the others. None states nothing."""
    values: dict[str, Value] = {}
    errors = [
        _error(code, "unknown_attribute", "Its product type has no such attribute.")
        for code in given.keys() - {rule.code for rule in rules}
    ]
    for rule in rules:
        if given.get(rule.code) is None:
            continue
        try:
            values[rule.code] = _READ[rule.kind](given[rule.code], rule)
        except _Wrong as wrong:
            errors.append(_error(rule.code, wrong.code, wrong.detail))
    return values, sorted(errors, key=lambda error: error.pointer)


def missing_values(rules: Sequence[AttributeRule], values: Mapping[str, Any]) -> list[FieldError]:
    """The required attributes that a product does not state: it cannot be published so."""
    return [
        _error(rule.code, "required", f"{rule.name} must be stated.")
        for rule in rules
        if rule.required and values.get(rule.code) in (None, "", [])
    ]


def attribute_facts(rules: Sequence[AttributeRule], values: Mapping[str, Any]) -> tuple[AttributeFact, ...]:
    """What is shown: the stated values of attributes that the type (still) has."""
    return tuple(
        AttributeFact(rule.code, rule.name, rule.kind, rule.unit, values[rule.code])
        for rule in rules
        if rule.code in values
    )


def _error(code: str, reason: str, detail: str) -> FieldError:
    return FieldError(f"/attributes/{code.replace('~', '~0').replace('/', '~1')}", reason, detail)


def _text(value: Any, rule: AttributeRule) -> str:  # noqa: ARG001  # readers are called alike
    if not isinstance(value, str) or not value.strip():
        raise _Wrong("not_a_text", "A text that is not empty.")
    if len(value) > LONGEST_TEXT:
        raise _Wrong("too_long", f"At most {LONGEST_TEXT} characters.")
    return value.strip()


def _number(value: Any, rule: AttributeRule) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Wrong("not_a_number", f"A number{f' of {rule.unit}' if rule.unit else ''}.")
    if not abs(value) <= LARGEST_NUMBER:  # so that "not a number" is refused, too
        raise _Wrong("too_large", f"At most {LARGEST_NUMBER}.")
    kept = round(float(value), DIGITS)
    return int(kept) if kept.is_integer() else kept


def _boolean(value: Any, rule: AttributeRule) -> bool:  # noqa: ARG001
    if not isinstance(value, bool):
        raise _Wrong("not_a_boolean", "true or false.")
    return value


def _date(value: Any, rule: AttributeRule) -> str:  # noqa: ARG001
    try:
        if isinstance(value, str) and len(value) == len("2026-01-31"):
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise _Wrong("not_a_date", "A date such as 2026-01-31.")


def _choice(value: Any, rule: AttributeRule) -> str:
    if not isinstance(value, str) or value not in rule.choices:
        raise _Wrong("not_a_choice", f"One of {', '.join(rule.choices)}.")
    return value


def _choices(value: Any, rule: AttributeRule) -> list[str]:
    if not isinstance(value, list):
        raise _Wrong("not_a_list", f"A list of some of {', '.join(rule.choices)}.")
    chosen = {_choice(one, rule) for one in value}
    return [choice for choice in rule.choices if choice in chosen]


_READ: dict[str, Callable[[Any, AttributeRule], Value]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DATE: _date,
    Kind.CHOICE: _choice,
    Kind.MULTI_CHOICE: _choices,
}
