"""Bodies that orders takes, checked strictly: every wrong value is named by a JSON pointer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from apps.orders.contracts import Address, OrderStatus
from apps.orders.services.create_order import Buyer
from shop.http.schema import example
from shop.http.serializers import Body, MoneyField

from .examples import ORDER, PAYMENT, PLACE, PLACED


class AddressBody(Body):
    name = serializers.CharField(max_length=120)
    line1 = serializers.CharField(max_length=200)
    line2 = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    postal_code = serializers.CharField(max_length=20)
    city = serializers.CharField(max_length=120)
    country = serializers.RegexField(r"^[A-Z]{2}$", error_messages={"invalid": "Two capital letters of ISO 3166."})


@example(PLACE)
class PlaceOrderBody(Body):
    cart_id = serializers.UUIDField()
    email = serializers.EmailField(max_length=254)
    phone = serializers.RegexField(
        r"^\+[1-9][0-9]{6,14}$",
        required=False,
        allow_blank=True,
        default="",
        error_messages={"invalid": "With country code, digits only: +15550100."},
    )
    shipping_address = AddressBody()
    billing_address = AddressBody(required=False)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    expected_total = MoneyField(required=False)

    def arguments(self, *, customer_id: UUID | None) -> dict[str, Any]:
        """What `place_order` takes."""
        values = self.checked()
        shipping = Address(**values["shipping_address"])
        billing = Address(**values["billing_address"]) if "billing_address" in values else shipping
        return {
            "cart_id": values["cart_id"],
            "expected_total": values.get("expected_total"),
            "buyer": Buyer(values["email"], values["phone"], shipping, billing, values["note"], customer_id),
        }


@example({"reason": "I have found it elsewhere."})
class CancelBody(Body):
    reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")


class OrderLineAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    product_id = serializers.UUIDField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = MoneyField()
    total = MoneyField()
    tax_rate = serializers.CharField()
    tax = MoneyField()


class TimelineAnswer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    to = serializers.CharField()
    reason = serializers.CharField()
    by = serializers.CharField()


@example(PAYMENT)
class PaymentAnswer(serializers.Serializer[Any]):
    provider = serializers.CharField()
    publishable_key = serializers.CharField()
    client_secret = serializers.CharField()
    status = serializers.CharField()
    amount = MoneyField()


@example(ORDER)
class OrderAnswer(serializers.Serializer[Any]):
    """For the OpenAPI document; the answer itself is made by `render_order`."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=[status.value for status in OrderStatus])
    cancel_reason = serializers.CharField()
    email = serializers.EmailField()
    phone = serializers.CharField()
    shipping_address = AddressBody()
    billing_address = AddressBody()
    note = serializers.CharField()
    currency = serializers.CharField()
    lines = OrderLineAnswer(many=True)
    subtotal = MoneyField()
    shipping = MoneyField()
    tax = MoneyField()
    tax_included = serializers.BooleanField()
    total = MoneyField()
    pay_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    timeline = TimelineAnswer(many=True)


@example(PLACED)
class PlacedAnswer(OrderAnswer):
    token = serializers.CharField(help_text="Opens this order: Authorization: Bearer <token>.")
    payment = PaymentAnswer(allow_null=True, help_text="Null until the payment is open.")
