"""Telephone numbers in one spelling, E.164: +4930123456."""

from __future__ import annotations

import phonenumbers


def e164(text: str, region: str | None = None) -> str | None:
    """The number in one spelling; without a country code it is one of `region`. None when no such number can be."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number) or number.extension:
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
