"""Form fields that come from a product's type: its attributes, and the options of its variants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django import forms

from apps.catalog.models import ProductType
from apps.catalog.rules import AttributeRule, Kind, OptionFact
from apps.catalog.services.surroundings import NO_TYPE, TypeFacts, types_of

ATTRIBUTE, OPTION = "attributes_", "options_"
"""So that a refusal's pointer, such as /attributes/material, is a field's name."""


def type_facts(code: str | None) -> TypeFacts:
    """What the type says; nothing for none and for one that is not there."""
    if not code or not ProductType.objects.filter(pk=code).exists():
        return NO_TYPE
    return types_of([code])[code]


def attribute_fields(rules: Iterable[AttributeRule]) -> dict[str, forms.Field]:
    """By name of the form field. Nothing is required here: a draft may state less, publishing tells what is missing."""
    return {f"{ATTRIBUTE}{rule.code}": _attribute(rule) for rule in rules}


def option_fields(options: Iterable[OptionFact]) -> dict[str, forms.Field]:
    """One choice for each option."""
    return {
        f"{OPTION}{option.code}": forms.ChoiceField(
            label=option.name, choices=[("", "---------"), *((value, value) for value in option.values)]
        )
        for option in options
    }


def attribute_initial(rules: Iterable[AttributeRule], values: Mapping[str, Any]) -> dict[str, Any]:
    """What the fields show at first."""
    return {f"{ATTRIBUTE}{rule.code}": values[rule.code] for rule in rules if rule.code in values}


def attributes_of(cleaned: Mapping[str, Any], rules: Sequence[AttributeRule]) -> dict[str, Any]:
    """The filled-in values, as rules.attribute_values takes them."""
    found = {rule.code: cleaned.get(f"{ATTRIBUTE}{rule.code}") for rule in rules}
    return {code: _plain(value) for code, value in found.items() if value not in (None, "", [])}


def options_of(cleaned: Mapping[str, Any], options: Sequence[OptionFact]) -> dict[str, str]:
    """The chosen values."""
    return {option.code: cleaned.get(f"{OPTION}{option.code}", "") for option in options}


def _yes(text: str) -> bool:
    return text == "True"


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _attribute(rule: AttributeRule) -> forms.Field:
    label = f"{rule.name} ({rule.unit})" if rule.unit else rule.name
    common: dict[str, Any] = {
        "label": label,
        "required": False,
        "help_text": "Needed before it can be published." if rule.required else "",
    }
    choices = [(choice, choice) for choice in rule.choices]
    match rule.kind:
        case Kind.NUMBER:
            return forms.DecimalField(**common, max_digits=18, decimal_places=6)
        case Kind.BOOLEAN:
            answers = [("", "not stated"), (True, "yes"), (False, "no")]
            return forms.TypedChoiceField(**common, choices=answers, coerce=_yes, empty_value=None)
        case Kind.DATE:
            return forms.DateField(**common, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        case Kind.CHOICE:
            return forms.ChoiceField(**common, choices=[("", "not stated"), *choices])
        case Kind.MULTI_CHOICE:
            return forms.MultipleChoiceField(**common, choices=choices, widget=forms.CheckboxSelectMultiple)
        case _:
            return forms.CharField(**common, max_length=1000, widget=forms.TextInput(attrs={"class": "vTextField"}))
