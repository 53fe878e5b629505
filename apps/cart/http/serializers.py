"""Bodies that cart takes, and the quote as it leaves."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.conf import settings
from rest_framework import serializers

from apps.cart.contracts import Quote
from apps.cart.rules import Strategy
from apps.cart.services.attach_cart import Attached
from shop.http.schema import example
from shop.http.serializers import Body, MoneyField

from .examples import ATTACHED, QUOTE

LARGEST_QUANTITY = settings.CART_MAX_QUANTITY
CODES = [
    "empty",
    "unavailable",
    "currency_missing",
    "out_of_stock",
    "quantity_limit",
    "price_changed",
    "below_minimum",
]
ACTIONS = ["add_line", "remove_line", "set_quantity", "change_currency", "acknowledge"]


@example({})
class NoBody(Body):
    """Nothing, or an empty object."""


@example({"currency": "EUR"})
class CreateCartBody(Body):
    currency = serializers.ChoiceField(choices=settings.CURRENCIES, default=settings.CURRENCIES[0])


@example({"currency": "USD"})
class ChangeCartBody(Body):
    currency = serializers.ChoiceField(choices=settings.CURRENCIES)


@example({"strategy": "merge"})
class AttachBody(Body):
    strategy = serializers.ChoiceField(
        choices=[strategy.value for strategy in Strategy],
        default=Strategy.MERGE.value,
        help_text="When you have an open cart already: add up, keep yours, or take the guest's lines instead of yours.",
    )

    def arguments(self) -> dict[str, Any]:
        """What `attach_cart` takes."""
        return {"strategy": Strategy(self.checked()["strategy"])}


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
    product = serializers.DictField(
        required=False, allow_null=True, help_text="With expand=lines.product: as lists of products show it."
    )


class ProblemAnswer(serializers.Serializer[Any]):
    code = serializers.ChoiceField(choices=CODES)
    detail = serializers.CharField()
    sku = serializers.CharField(allow_null=True)
    left = serializers.IntegerField(allow_null=True)
    old = MoneyField(allow_null=True, help_text="The price that was seen last, perhaps in another currency.")
    new = MoneyField(allow_null=True)
    action = serializers.ChoiceField(choices=ACTIONS, help_text="What solves it.")


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
    expires_at = serializers.DateTimeField()


class AdjustmentAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    wanted = serializers.IntegerField()
    quantity = serializers.IntegerField()
    code = serializers.ChoiceField(choices=["out_of_stock", "quantity_limit", "too_many_lines"])


@example(ATTACHED)
class AttachedAnswer(QuoteAnswer):
    adjusted = AdjustmentAnswer(many=True, help_text="Of which lines less than both carts held is in the merged one.")


def render_quote(quote: Quote) -> dict[str, Any]:
    """A live quote as plain data."""
    data = asdict(quote)
    return {"id": data.pop("cart_id"), "status": "open", **data}


def render_attached(attached: Attached) -> dict[str, Any]:
    """The quote of the survivor, and what did not fit."""
    return {**render_quote(attached.quote), "adjusted": [asdict(one) for one in attached.adjusted]}
