"""Which countries there are, and what an address form there needs. Public and cacheable."""

from __future__ import annotations

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema

from apps.accounts.http import rendering
from apps.accounts.http.serializers.countries import AddressRulesAnswer, CountriesAnswer
from shop.http.access import anyone
from shop.http.paging import unpaged
from shop.http.rendering import RenderedJson
from shop.http.views import PublicRead

CACHE = "public, max-age=86400, stale-while-revalidate=604800"


class Countries(PublicRead):
    access = anyone("an address form needs it before there is anybody")

    @extend_schema(
        operation_id="list_countries",
        summary="Countries that addresses can be in",
        responses=CountriesAnswer,
    )
    @unpaged("a form wants all of them at once, and there are some 250")
    def get(self, _request: HttpRequest) -> RenderedJson:
        """All countries of ISO 3166, by their English names; one page."""
        body, etag = rendering.countries()
        return RenderedJson(body, etag=etag, cache_control=CACHE)


class AddressRules(PublicRead):
    access = anyone("an address form needs it before there is anybody")

    @extend_schema(
        operation_id="get_address_rules",
        summary="How addresses in a country are written",
        responses=AddressRulesAnswer,
    )
    def get(self, _request: HttpRequest, code: str) -> RenderedJson:
        """Fields in their order, which of them are needed, how postal codes look, and the regions to choose from."""
        body, etag = rendering.address_rules(code)
        return RenderedJson(body, etag=etag, cache_control=CACHE)
