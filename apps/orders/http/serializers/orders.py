"""Bodies that orders takes, checked strictly: every wrong value is named by a JSON pointer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from apps.orders.contracts import OrderStatus
from apps.orders.http.examples import INSTRUCTIONS, ORDER, PAYMENT, PLACE, PLACED, SUMMARY
from apps.orders.services.create_order import Buyer
from apps.payments.contracts import PaymentMethod
from shop.addresses import PostalAddress
from shop.errors import FieldError, Invalid
from shop.http.bodies import PostalAddressBody
from shop.http.schema import example
from shop.http.serializers import Body, MoneyField, page_of

from .parcels import ParcelAnswer

OPENS = "Authorization: Bearer <token> opens this order for ORDER_TOKEN_HOURS (24); then a look-up gives another one."


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
    shipping_address = PostalAddressBody(required=False, help_text="This or `shipping_address_id`.")
    shipping_address_id = serializers.UUIDField(required=False, help_text="Out of your address book, after a login.")
    billing_address = PostalAddressBody(required=False, help_text="Without it and its id: the shipping address.")
    billing_address_id = serializers.UUIDField(required=False)
    note = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    expected_total = MoneyField(required=False)
    payment_method = serializers.ChoiceField(
        choices=[method.value for method in PaymentMethod],
        default=PaymentMethod.CARD.value,
        help_text="bank_transfer: `payment.instructions` says where to send the money; the goods are held for days.",
    )

    save_payment_method = serializers.BooleanField(
        default=False, help_text="Keep the card for your next orders: after a login, see `/me/payment-methods`."
    )

    def arguments(self, *, customer_id: UUID | None) -> dict[str, Any]:
        """What `place_order` takes."""
        values = self.checked()
        if values["save_payment_method"] and customer_id is None:
            told = "Nothing can be saved without a login."
            raise Invalid(errors=(FieldError("/save_payment_method", "login_needed", told),))
        buyer = Buyer(
            email=values["email"],
            phone=values["phone"],
            shipping=_wanted(values, "shipping_address"),
            billing=_wanted(values, "billing_address"),
            note=values["note"],
            customer_id=customer_id,
            save_payment_method=values["save_payment_method"],
        )
        return {
            "cart_id": values["cart_id"],
            "expected_total": values.get("expected_total"),
            "payment_method": PaymentMethod(values["payment_method"]),
            "buyer": buyer,
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each address once: written out, or by its id."""
        for name in ("shipping_address", "billing_address"):
            if name in attrs and f"{name}_id" in attrs:
                raise serializers.ValidationError({f"{name}_id": ErrorDetail(f"Not beside {name}.", "ambiguous")})
        if not {"shipping_address", "shipping_address_id"} & attrs.keys():
            raise serializers.ValidationError({"shipping_address": ErrorDetail("This is needed.", "required")})
        if attrs["save_payment_method"] and attrs["payment_method"] != PaymentMethod.CARD:
            raise serializers.ValidationError(
                {"save_payment_method": ErrorDetail("Only a card is saved.", "card_only")}
            )
        return attrs


def _wanted(values: dict[str, Any], name: str) -> Any:
    """A postal address, an id, or None."""
    written = values.get(name)
    return PostalAddress(**written) if written else values.get(f"{name}_id")


@example({"reason": "I have found it elsewhere."})
class CancelBody(Body):
    reason = serializers.CharField(
        max_length=500, required=False, allow_blank=True, default="", help_text="Buyers need none, staff does."
    )


@example({})
class NothingBody(Body):
    """An empty object, or no body at all."""


class OrderLineAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    product_id = serializers.UUIDField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    shipped = serializers.IntegerField(help_text="How many of them are in parcels that left.")
    unit_price = MoneyField()
    total = MoneyField()
    tax_rate = serializers.CharField()
    tax = MoneyField()
    product = serializers.DictField(
        required=False, allow_null=True, help_text="With expand=lines.product: as lists of products show it."
    )


class TimelineAnswer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    to = serializers.CharField()
    reason = serializers.CharField()
    by = serializers.CharField(help_text="buyer, staff, or which part of the shop.")
    who = serializers.CharField(required=False, help_text="For staff: which of them.")
    detail = serializers.CharField(required=False, help_text="For staff: why, in words. For the buyer: a note to them.")


@example(INSTRUCTIONS)
class InstructionsAnswer(serializers.Serializer[Any]):
    holder = serializers.CharField()
    iban = serializers.CharField()
    bic = serializers.CharField(help_text="Empty when the bank needs none.")
    reference = serializers.CharField(help_text="To be written on the transfer: the order's number.")
    amount = MoneyField()
    pay_before = serializers.DateTimeField(help_text="To be sent until then; the order waits some days longer.")


@example(PAYMENT)
class PaymentAnswer(serializers.Serializer[Any]):
    provider = serializers.CharField()
    publishable_key = serializers.CharField()
    client_secret = serializers.CharField()
    status = serializers.CharField()
    amount = MoneyField()
    method = serializers.ChoiceField(choices=[method.value for method in PaymentMethod])
    instructions = InstructionsAnswer(allow_null=True, help_text="Of a bank transfer, while it may be paid.")


@example(ORDER)
class OrderAnswer(serializers.Serializer[Any]):
    """For the OpenAPI document; the answer itself is made by `render_order`."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=[status.value for status in OrderStatus])
    cancel_reason = serializers.CharField()
    email = serializers.EmailField()
    phone = serializers.CharField()
    shipping_address = PostalAddressBody()
    billing_address = PostalAddressBody()
    note = serializers.CharField()
    currency = serializers.CharField()
    payment_method = serializers.ChoiceField(choices=[method.value for method in PaymentMethod])
    lines = OrderLineAnswer(many=True)
    subtotal = MoneyField()
    shipping = MoneyField()
    tax = MoneyField()
    tax_included = serializers.BooleanField()
    total = MoneyField()
    authorized = MoneyField(help_text="Set aside at the buyer's bank until it was let go; nothing if paid at once.")
    captured = MoneyField(help_text="What came. Authorized money is captured when the first parcel leaves.")
    pay_until = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()
    timeline = TimelineAnswer(many=True)
    parcels = ParcelAnswer(many=True)
    payment = PaymentAnswer(required=False, allow_null=True, help_text="With expand=payment: null until it is open.")


@example(PLACED)
class PlacedAnswer(OrderAnswer):
    token = serializers.CharField(help_text=OPENS)
    payment = PaymentAnswer(allow_null=True, help_text="Null until the payment is open.")


@example(SUMMARY)
class OrderSummary(serializers.Serializer[Any]):
    """For the OpenAPI document; the answer itself is made by `render_summary`."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    status = serializers.ChoiceField(choices=[status.value for status in OrderStatus])
    email = serializers.EmailField()
    total = MoneyField()
    created_at = serializers.DateTimeField()


OrderPage = page_of(OrderSummary)
