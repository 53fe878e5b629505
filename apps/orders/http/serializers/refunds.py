"""What is said about refunds of an order."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.orders.contracts import RefundReason
from apps.orders.http.examples import REFUND
from shop.http.schema import example
from shop.http.serializers import Body, MoneyField

from .returns import RefundAnswer

BY_HAND = [one.value for one in RefundReason if one != RefundReason.RETURNED]


@example({"amount": {"amount": 500, "currency": "EUR"}, "reason": "damaged", "detail": "One handle is chipped."})
class RefundOrderBody(Body):
    amount = MoneyField(required=False, help_text="Without it: all that is kept of what was paid.")
    reason = serializers.ChoiceField(choices=BY_HAND)
    detail = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")

    def arguments(self) -> dict[str, Any]:
        """What `refund_order` takes."""
        values = self.checked()
        return {
            "amount": values.get("amount"),
            "reason": RefundReason(values["reason"]),
            "detail": values["detail"],
        }


@example({"data": [REFUND], "kept": {"amount": 2395, "currency": "EUR"}})
class RefundsAnswer(serializers.Serializer[Any]):
    data = RefundAnswer(many=True)  # type: ignore[assignment]  # a field, not DRF's property
    kept = MoneyField(help_text="What was paid, less what is asked for, on its way or back.")
