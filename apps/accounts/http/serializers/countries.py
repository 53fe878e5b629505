"""For the OpenAPI document; the answers themselves are made in rendering.py."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from apps.accounts.http.examples import ADDRESS_RULES, COUNTRY
from shop.http.schema import example
from shop.http.serializers import page_of


@example(COUNTRY)
class CountryAnswer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="ISO 3166, two letters.")
    name = serializers.CharField()


CountriesAnswer = page_of(CountryAnswer)


class AddressFieldAnswer(serializers.Serializer[Any]):
    name = serializers.CharField()
    is_required = serializers.BooleanField()
    label = serializers.CharField(help_text="What people there call it: `zip`, `state`, `post_town` and so on.")  # type: ignore[assignment]


class PostalCodeAnswer(serializers.Serializer[Any]):
    pattern = serializers.CharField(help_text="A regular expression for the whole code; empty when there is none.")
    examples = serializers.ListField(child=serializers.CharField())
    prefix = serializers.CharField(help_text="May stand before the code; it is not stored.")


class RegionAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    names = serializers.ListField(child=serializers.CharField())


@example(ADDRESS_RULES)
class AddressRulesAnswer(serializers.Serializer[Any]):
    country = serializers.CharField()
    name = serializers.CharField()
    fields = AddressFieldAnswer(many=True, help_text="In the order in which people there write them.")  # type: ignore[assignment]
    postal_code = PostalCodeAnswer()
    regions = RegionAnswer(many=True)
