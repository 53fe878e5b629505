"""Base of all request bodies: strict, with what it found as plain values."""

from __future__ import annotations

import re
from typing import Any

from django.core.validators import URLValidator
from drf_spectacular.plumbing import get_lib_doc_excludes
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer, inline_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from shop.http.schema import example_of
from shop.money import Money

_UNKNOWN = serializers.ErrorDetail("This is not known here.", "unknown_field")
_NO_TEXT = serializers.ErrorDetail("This must be a text.", "invalid")
_NO_BOOLEAN = serializers.ErrorDetail("This must be true or false.", "invalid")
_NO_WHOLE = serializers.ErrorDetail("This must be a whole number.", "invalid")
NO_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
"""Control characters, line breaks, and what turns the direction of writing for all that follows."""
_TEXTS = (serializers.CharField, serializers.UUIDField, serializers.ChoiceField)


def _is_whole(value: Any) -> bool:
    """2.0 is one to JSON; true and "2" are not."""
    return type(value) is int or (isinstance(value, float) and value.is_integer())


class Body(serializers.Serializer[Any]):
    """A request body. A name that nobody declared is refused, so a typing error is not silently ignored.

    body = PlaceOrderBody(data=request.data).checked()
    """

    def to_internal_value(self, data: Any) -> Any:
        """The names that are too many and the values of another JSON type, then DRF's validation."""
        if not isinstance(data, dict):
            return super().to_internal_value(data)
        if unknown := {name: [_UNKNOWN] for name in data if name not in self.fields}:
            raise ValidationError(unknown)
        wrong: dict[str, Any] = {
            name: [error] for name, value in data.items() if (error := self._wrong_type(name, value))
        }
        try:
            values = super().to_internal_value(data)
        except ValidationError as error:
            raise ValidationError({**error.detail, **wrong}) from None  # type: ignore[dict-item]
        if wrong:
            raise ValidationError(wrong)
        return values

    def _wrong_type(self, name: str, value: Any) -> serializers.ErrorDetail | None:
        """DRF takes 5 for a text and even for a UUID, "1_0" for ten, "yes" for true; the document takes none of it."""
        field = self.fields.get(name)
        if value is None or field is None:
            return None
        if isinstance(field, _TEXTS) and not isinstance(value, str):
            return _NO_TEXT
        if isinstance(field, serializers.IntegerField) and not _is_whole(value):
            return _NO_WHOLE
        if isinstance(field, serializers.BooleanField) and not isinstance(value, bool):
            return _NO_BOOLEAN
        return None

    def checked(self) -> dict[str, Any]:
        """The validated values, or 422 with a pointer to each wrong one."""
        self.is_valid(raise_exception=True)
        return dict(self.validated_data)


def told_to_programmers() -> list[type]:
    """Classes whose docstrings say how to write code with them: in the OpenAPI document they describe nothing."""
    return [*get_lib_doc_excludes(), Body]  # type: ignore[no-untyped-call]


def page_of(item: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """For the OpenAPI document: a page of such items; the item needs an `example`."""
    fields: dict[str, Any] = {
        "data": item(many=True),
        "has_more": serializers.BooleanField(),
        "next_cursor": serializers.CharField(allow_null=True),
        "total": serializers.IntegerField(required=False),
    }
    page = inline_serializer(f"{item.__name__.removesuffix('Answer')}Page", fields)
    value = {"data": [example_of(item)], "has_more": False, "next_cursor": None}
    extend_schema_serializer(examples=[OpenApiExample("Example", value=value)])(type(page))
    return page


class TrueOrFalse(serializers.BooleanField):
    """For the values of a dictionary or a list, which `Body` does not look at: DRF would take "no" for false."""

    def to_internal_value(self, data: Any) -> bool:
        """A JSON boolean."""
        if not isinstance(data, bool):
            raise ValidationError(_NO_BOOLEAN)
        return data


class Line(serializers.CharField):
    """A text of one line, as names and addresses are: one that breaks or turns lines would forge what stands beside."""

    def to_internal_value(self, data: Any) -> str:
        """DRF's, and refused for what is no line."""
        text = super().to_internal_value(data)
        if NO_LINE.search(text):
            raise ValidationError("One line of plain text.", "invalid")
        return text


class WebLink(Line, serializers.URLField):
    """An address that people may click on: http or https."""

    def __init__(self, **kwargs: Any) -> None:
        """DRF's own validator takes ftp, too."""
        super().__init__(**kwargs)
        told = "An address that begins with https:// or http://."
        others = [one for one in self.validators if not isinstance(one, URLValidator)]
        self.validators = [*others, URLValidator(schemes=["http", "https"], message=told)]


class MoneyField(serializers.Field[Money, Any, Any, Any]):
    """{"amount": 1999, "currency": "EUR"} in both directions."""

    default_error_messages = {
        "money": "Money is an object of amount (whole minor units) and currency (ISO 4217).",
        "currency": "This currency is not known.",
    }

    def to_internal_value(self, data: Any) -> Money:
        """A Money, or a field error."""
        if not isinstance(data, dict) or set(data) != {"amount", "currency"}:
            self.fail("money")
        amount, currency = data["amount"], data["currency"]
        if type(amount) is not int or abs(amount) >= 10**15 or not isinstance(currency, str):
            self.fail("money")
        try:
            return Money(amount, currency)
        except ValueError:
            self.fail("currency")

    def to_representation(self, value: Money) -> dict[str, Any]:
        """Plain JSON."""
        return {"amount": value.amount, "currency": value.currency}
