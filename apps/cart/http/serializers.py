"""Bodies that cart takes, and the quote as it leaves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from rest_framework import serializers

from apps.cart.contracts import Quote
from apps.cart.rules import MAX_QUANTITY
from shop.http.schema import example
from shop.http.serializers import Body, MoneyField

from .examples import QUOTE

LARGEST_QUANTITY = min(MAX_QUANTITY, settings.CART_MAX_QUANTITY)


@example({"currency": "EUR"})
class CreateCartBody(Body):
    currency = serializers.ChoiceField(choices=settings.CURRENCIES, default=settings.CURRENCIES[0])


@example({"sku": "MUG-BLUE", "quantity": 2})
class AddLineBody(Body):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=LARGEST_QUANTITY, default=1)


@example({"quantity": 3})
class SetQuantityBody(Body):
    quantity = serializers.IntegerField(min_value=1, max_value=LARGEST_QUANTITY)


class QuoteLineAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    product_id = serializers.UUIDField()
    name = serializers.CharField()
    quantity = serializers.IntegerField()
    unit_price = MoneyField()
    total = MoneyField()
    tax_class = serializers.CharField()
    tax_rate = serializers.CharField()
    tax = MoneyField()


class ProblemAnswer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=["empty", "unavailable", "out_of_stock", "price_changed", "below_minimum"])
    detail = serializers.CharField()
    sku = serializers.CharField(allow_null=True)
    left = serializers.IntegerField(allow_null=True)


@example(QUOTE)
class QuoteAnswer(serializers.Serializer[Any]):
    """For the OpenAPI document; the answer itself is made by `render_quote`."""

    id = serializers.UUIDField()
    status = serializers.CharField()
    revision = serializers.IntegerField()
    currency = serializers.CharField()
    lines = QuoteLineAnswer(many=True)
    subtotal = MoneyField()
    shipping = MoneyField()
    tax = MoneyField()
    tax_included = serializers.BooleanField()
    total = MoneyField()
    problems = ProblemAnswer(many=True)


def render_quote(quote: Quote) -> dict[str, Any]:
    """A live quote as plain data."""
    data = asdict(quote)
    return {"id": data.pop("cart_id"), "status": "open", **data}
