"""What is said about a return: asked for, answered, received, refunded."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from apps.orders.contracts import Condition, ReturnReason, ReturnStatus
from apps.orders.http.examples import REFUND, RETURN
from apps.orders.services.receive_return import Came
from apps.orders.services.request_return import Wish
from shop.http.schema import example
from shop.http.serializers import Body, MoneyField, page_of
from shop.money import Money


def each_once(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Something at all, and no SKU twice."""
    if not lines:
        raise serializers.ValidationError(ErrorDetail("Name at least one line.", "empty"))
    if len({line["sku"] for line in lines}) != len(lines):
        raise serializers.ValidationError(ErrorDetail("A SKU comes twice.", "twice"))
    return lines


class ReturnLineBody(Body):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)


@example({"lines": [{"sku": "MUG-BLUE", "quantity": 1}], "reason": "damaged", "text": "The handle is off."})
class RequestReturnBody(Body):
    lines = ReturnLineBody(many=True)
    reason = serializers.ChoiceField(choices=[one.value for one in ReturnReason])
    text = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each SKU once, and something at all."""
        return each_once(lines)

    def wish(self) -> Wish:
        """What `request_return` takes."""
        values = self.checked()
        lines = {line["sku"]: line["quantity"] for line in values["lines"]}
        return Wish(lines, ReturnReason(values["reason"]), values["text"])


@example({"message": "Please use the label that we have sent you."})
class AuthoriseReturnBody(Body):
    message = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


@example({"message": "It was worn."})
class RejectReturnBody(Body):
    message = serializers.CharField(max_length=500, help_text="Why not; the buyer reads it.")


@example({"message": "It came without its box."})
class CloseReturnBody(Body):
    message = serializers.CharField(max_length=500, help_text="Why nothing is sent back; the buyer reads it.")


class ReceivedLineBody(Body):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=0, max_value=1_000_000, help_text="How many came; 0 is none.")
    condition = serializers.ChoiceField(
        choices=[one.value for one in Condition], required=False, default=Condition.AS_NEW.value
    )
    restock = serializers.BooleanField(required=False, default=True, help_text="Whether it can be sold again.")
    location = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="Empty: where it was sold from."
    )


@example({"lines": [{"sku": "MUG-BLUE", "quantity": 1, "condition": "damaged", "restock": False}]})
class ReceiveReturnBody(Body):
    lines = ReceivedLineBody(many=True, required=False, help_text="Without it: all came, as new.")

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each SKU once, and something at all."""
        return each_once(lines)

    def came(self) -> dict[str, Came] | None:
        """What `receive_return` takes."""
        lines = self.checked().get("lines")
        if lines is None:
            return None
        return {
            line["sku"]: Came(line["quantity"], Condition(line["condition"]), line["restock"], line["location"])
            for line in lines
        }


@example({"amount": {"amount": 1200, "currency": "EUR"}, "shipping": False, "detail": "Full price of one mug."})
class RefundReturnBody(Body):
    amount = MoneyField(required=False, help_text="Less than it is worth; without it, what it is worth.")
    shipping = serializers.BooleanField(required=False, default=False, help_text="The shipping fee too.")
    detail = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")

    def arguments(self) -> dict[str, Any]:
        """What `refund_return` takes."""
        values = self.checked()
        amount: Money | None = values.get("amount")
        return {"amount": amount, "shipping": values["shipping"], "detail": values["detail"]}


class ReturnLineAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    received = serializers.IntegerField()
    condition = serializers.CharField(help_text="Empty until it came.")
    restocked = serializers.BooleanField()


@example(RETURN)
class ReturnAnswer(serializers.Serializer[Any]):
    """For the OpenAPI document; the answer itself is made by `render_return`."""

    id = serializers.UUIDField()
    order_number = serializers.CharField()
    status = serializers.ChoiceField(choices=[one.value for one in ReturnStatus])
    reason = serializers.ChoiceField(choices=[one.value for one in ReturnReason])
    text = serializers.CharField()
    message = serializers.CharField(help_text="What the shop answered.")
    lines = ReturnLineAnswer(many=True)
    refund_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField(allow_null=True)


@example({"data": [RETURN]})
class ReturnsAnswer(serializers.Serializer[Any]):
    data = ReturnAnswer(many=True)  # type: ignore[assignment]  # a field, not DRF's property


ReturnPage = page_of(ReturnAnswer)


@example(REFUND)
class RefundAnswer(serializers.Serializer[Any]):
    """For the OpenAPI document; the answer itself is made by `render_refund`."""

    id = serializers.UUIDField()
    amount = MoneyField()
    reason = serializers.CharField()
    status = serializers.ChoiceField(choices=["asked", "sent", "done", "refused"])
    return_id = serializers.UUIDField(allow_null=True)
    created_at = serializers.DateTimeField()
    detail = serializers.CharField(required=False, help_text="For staff: in the words of whoever decided it.")
    by = serializers.CharField(required=False, help_text="For staff.")
