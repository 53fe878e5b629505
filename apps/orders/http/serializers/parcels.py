"""What is said of parcels."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from apps.orders.http.examples import PARCEL, SHIP
from apps.orders.models import Parcel
from apps.orders.services.ship_parcel import Label
from shop.http.schema import example
from shop.http.serializers import Body, Line, WebLink


class PackedLineBody(Body):
    sku = serializers.CharField(max_length=64)
    quantity = serializers.IntegerField(min_value=1, max_value=1_000_000)


@example(SHIP)
class ShipParcelBody(Body):
    lines = PackedLineBody(many=True, required=False, help_text="What is in it; without it, all that is left.")
    carrier = Line(max_length=60, required=False, allow_blank=True, default="")
    tracking_number = Line(max_length=100, required=False, allow_blank=True, default="")
    tracking_url = WebLink(max_length=500, required=False, allow_blank=True, default="")

    def validate_lines(self, lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Each SKU once, and something at all."""
        if not lines:
            raise serializers.ValidationError(ErrorDetail("A parcel holds something.", "empty"))
        if len({line["sku"] for line in lines}) != len(lines):
            raise serializers.ValidationError(ErrorDetail("A SKU comes twice.", "twice"))
        return lines

    def arguments(self) -> dict[str, Any]:
        """What `ship_parcel` takes."""
        values = self.checked()
        lines = values.pop("lines", None)
        wanted = None if lines is None else {line["sku"]: line["quantity"] for line in lines}
        return {"label": Label(**values), "wanted": wanted}


@example({name: SHIP[name] for name in ("tracking_number", "tracking_url")})
class LabelParcelBody(Body):
    """What is left out stays as it is; an empty text takes it away."""

    carrier = Line(max_length=60, required=False, allow_blank=True)
    tracking_number = Line(max_length=100, required=False, allow_blank=True)
    tracking_url = WebLink(max_length=500, required=False, allow_blank=True)


class PackedLineAnswer(serializers.Serializer[Any]):
    sku = serializers.CharField()
    quantity = serializers.IntegerField()


@example(PARCEL)
class ParcelAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Parcel.State.values)
    carrier = serializers.CharField()
    tracking_number = serializers.CharField()
    tracking_url = serializers.CharField()
    shipped_at = serializers.DateTimeField()
    delivered_at = serializers.DateTimeField(allow_null=True)
    lines = PackedLineAnswer(many=True)


@example({"data": [PARCEL]})
class ParcelsAnswer(serializers.Serializer[Any]):
    data = ParcelAnswer(many=True)  # type: ignore[assignment]  # a field, not DRF's property
