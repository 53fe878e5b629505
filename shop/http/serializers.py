"""Base of all request bodies: strict, with what it found as plain values."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from shop.money import Money


class Body(serializers.Serializer[Any]):
    """A request body. A name that nobody declared is refused, so a typing error is not silently ignored.

    body = PlaceOrderBody(data=request.data).checked()
    """

    def to_internal_value(self, data: Any) -> Any:
        """DRF's validation, then the names that are too many."""
        if isinstance(data, dict):
            not_known = serializers.ErrorDetail("This is not known here.", "unknown_field")
            if unknown := {name: [not_known] for name in data if name not in self.fields}:
                raise ValidationError(unknown)
        return super().to_internal_value(data)

    def checked(self) -> dict[str, Any]:
        """The validated values, or 422 with a pointer to each wrong one."""
        self.is_valid(raise_exception=True)
        return dict(self.validated_data)


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
