"""Bodies and answers of the address book."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers
from rest_framework.fields import empty

from apps.accounts.http.examples import ADDRESS, NEW_ADDRESS
from apps.accounts.rules import Defaults
from shop.addresses import PostalAddress
from shop.http.bodies import PostalAddressBody
from shop.http.schema import example
from shop.http.serializers import page_of


@example(NEW_ADDRESS)
class SavedAddressBody(PostalAddressBody):
    phone = serializers.CharField(
        max_length=40, required=False, allow_blank=True, default="", help_text="Stored as E.164."
    )
    default_for_shipping = serializers.BooleanField(required=False)
    default_for_billing = serializers.BooleanField(required=False)

    def new(self) -> dict[str, Any]:
        """What `create_address` takes."""
        values = self.checked()
        defaults, phone = _defaults(values), values.pop("phone")
        return {"address": PostalAddress(**values), "phone": phone, "defaults": defaults}


@example({"line1": "Torstr. 2", "default_for_billing": True})
class ChangeAddressBody(SavedAddressBody):
    """Every field may be left out, and is left alone then."""

    def get_fields(self) -> dict[str, Any]:
        """The same, none of them needed."""
        fields = super().get_fields()
        for field in fields.values():
            field.required, field.default = False, empty
        return fields

    def changes(self) -> dict[str, Any]:
        """What `change_address` takes."""
        values = self.checked()
        return {"defaults": _defaults(values), "changes": values}


def _defaults(values: dict[str, Any]) -> Defaults:
    return Defaults(values.pop("default_for_shipping", None), values.pop("default_for_billing", None))


@example(ADDRESS)
class AddressAnswer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    company = serializers.CharField()
    line1 = serializers.CharField()
    line2 = serializers.CharField()
    district = serializers.CharField()
    postal_code = serializers.CharField()
    city = serializers.CharField()
    region = serializers.CharField()
    country = serializers.CharField()
    phone = serializers.CharField()
    default_for_shipping = serializers.BooleanField()
    default_for_billing = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


AddressPage = page_of(AddressAnswer)
