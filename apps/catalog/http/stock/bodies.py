"""Bodies and answers of stock, its movements and its locations."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.catalog.models import MovementKind
from apps.catalog.services.move_stock import MOST_UNITS
from shop.errors import FieldError, Invalid
from shop.http.schema import example
from shop.http.serializers import Body

BY_STAFF = [MovementKind.RECEIVE, MovementKind.ADJUST, MovementKind.TRANSFER]
HIGHEST_POSITION = 1_000_000
_CODE = r"^[a-z0-9][a-z0-9_-]{0,39}$"
_LOCATION = {"code": "attic", "name": "Attic", "position": 1, "active": True}


def _code(**options: Any) -> serializers.RegexField:
    return serializers.RegexField(
        _CODE, error_messages={"invalid": "Small letters, digits, - and _; at most 40."}, **options
    )


@example(_LOCATION)
class NewLocationBody(Body):
    code = _code(help_text="Kept for ever.")
    name = serializers.CharField(max_length=100)
    position = serializers.IntegerField(
        min_value=-HIGHEST_POSITION, max_value=HIGHEST_POSITION, default=0, help_text="Smallest first, after main."
    )
    active = serializers.BooleanField(default=True, help_text="False: it keeps what it has and fills no new orders.")


@example({"active": False})
class ChangeLocationBody(Body):
    name = serializers.CharField(max_length=100, required=False)
    position = serializers.IntegerField(min_value=-HIGHEST_POSITION, max_value=HIGHEST_POSITION, required=False)
    active = serializers.BooleanField(required=False)


@example(_LOCATION)
class LocationAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    position = serializers.IntegerField()
    active = serializers.BooleanField()


class ShelfAnswer(serializers.Serializer[Any]):
    location = serializers.CharField()
    name = serializers.CharField()
    active = serializers.BooleanField()
    available = serializers.IntegerField()
    held = serializers.IntegerField()
    sold = serializers.IntegerField()


_SHELF = {"location": "main", "name": "Main warehouse", "active": True, "available": 3, "held": 1, "sold": 12}
STOCK = {
    "sku": "MUG-BLUE",
    "product": "mug",
    "available": 3,
    "held": 1,
    "sold": 12,
    "threshold": None,
    "low_at": 5,
    "low": True,
    "locations": [_SHELF],
}


@example(STOCK)
class StockAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    product = serializers.CharField(allow_null=True, help_text="Slug; null if the variant was removed.")
    available = serializers.IntegerField(help_text="What an order could still get: of active locations.")
    held = serializers.IntegerField()
    sold = serializers.IntegerField()
    threshold = serializers.IntegerField(allow_null=True, help_text="Its own; null for the usual one.")
    low_at = serializers.IntegerField(help_text="It counts as low at so many units or fewer.")
    low = serializers.BooleanField(help_text="Follows the stock in seconds.")
    locations = ShelfAnswer(many=True, help_text="Main first, then by position.")


@example({"threshold": 10})
class ThresholdBody(Body):
    threshold = serializers.IntegerField(min_value=0, max_value=MOST_UNITS, allow_null=True)


@example({"kind": "transfer", "location": "main", "to": "attic", "quantity": 2, "reason": "the shelf is full"})
class MovementBody(Body):
    kind = serializers.ChoiceField(choices=[kind.value for kind in BY_STAFF])
    location = _code(help_text="Where units arrive, are counted, or leave for another.")
    to = _code(required=False, help_text="For a transfer: where they go.")
    quantity = serializers.IntegerField(
        min_value=-MOST_UNITS, max_value=MOST_UNITS, help_text="Below zero only for kind adjust; never zero."
    )
    reason = serializers.CharField(max_length=200, help_text="Delivery note, stock-take, breakage ...")

    def movement(self) -> dict[str, Any]:
        """What `record_movement` takes; 422 for a destination that is missing or too many."""
        values = self.checked()
        if ("to" in values) != (values["kind"] == MovementKind.TRANSFER):
            raise Invalid(errors=(FieldError("/to", "transfer", "A transfer and nothing else names where units go."),))
        return {"to": "", **values}


class MovementAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=[kind.value for kind in MovementKind])
    location = serializers.CharField()
    available = serializers.IntegerField(help_text="What was added to the free units, or taken from them.")
    held = serializers.IntegerField()
    sold = serializers.IntegerField()
    reference = serializers.CharField(help_text="The reason, or the id of the order.")
    by = serializers.CharField(help_text="Id of the person; empty for the shop itself.")
    at = serializers.DateTimeField()


MOVEMENT = {
    "id": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c11",
    "kind": "receive",
    "location": "main",
    "available": 4,
    "held": 0,
    "sold": 0,
    "reference": "delivery 17",
    "by": "019bf8a2-6f00-7c3e-9a51-3f1f6a0d2c12",
    "at": "2026-01-31T12:00:00Z",
}
example(MOVEMENT)(MovementAnswer)


@example({"movements": [MOVEMENT], "stock": STOCK})
class MovedAnswer(serializers.Serializer[Any]):
    movements = MovementAnswer(many=True)
    stock = StockAnswer(help_text="As it is now. The ETag of the answer is its own.")
