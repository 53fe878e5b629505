"""Where browsing begins: all of the API that has an address without parameters, by who may ask for it.

The addresses are written down here, for a process that hosts one context knows no other's; a test compares them with
the routes.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from shop.http.access import anyone
from shop.http.etags import etag_of
from shop.http.people import LOGIN
from shop.http.rendering import RenderedJson, to_json
from shop.http.schema import example
from shop.http.views import PublicRead

BASE = "/api/v1"
BEGINNINGS: dict[str, tuple[str, ...]] = {
    "anyone": ("brands", "categories", "countries", "product-types", "products", "tags"),
    "customer": (
        "me",
        "me/addresses",
        "me/cart",
        "me/notification-preferences",
        "me/payment-methods",
        "me/sessions",
        "orders",
    ),
    "staff": (
        "customers",
        "messages",
        "payments",
        "payments/books",
        "payments/differences",
        "payments/disputes",
        "payments/events",
        "payments/reconciliations",
        "payments/refunds",
        "returns",
        "staff",
        "staff/invitations",
        "staff/products",
        "stock",
        "stock-locations",
        "suppressions",
    ),
}
"""Whoever is logged in may ask what a customer may, staff what its roles say."""
ROOT: dict[str, Any] = {
    **{who: {name: f"{BASE}/{name}" for name in names} for who, names in BEGINNINGS.items()},
    "login": LOGIN,
    "documentation": "/api/docs",
    "schema": "/api/schema",
}
_BODY = to_json(ROOT)
_ETAG = etag_of(_BODY)


def _links(text: str) -> serializers.DictField:
    return serializers.DictField(child=serializers.CharField(), help_text=text)


@example(
    {who: dict(list(ROOT[who].items())[:2]) for who in BEGINNINGS}
    | {name: ROOT[name] for name in ("login", "documentation", "schema")}
)
class RootAnswer(serializers.Serializer[Any]):
    anyone = _links("name -> path: what needs no token.")
    customer = _links("What needs a login.")
    staff = _links("What needs a role.")
    login = serializers.CharField(help_text="A form, for people in a browser.")
    documentation = serializers.CharField()
    schema = serializers.CharField(help_text="The OpenAPI document.")


class Root(PublicRead):
    """Where to begin."""

    access = anyone("whoever begins has nothing yet")

    @extend_schema(operation_id="get_root", summary="Where to begin", tags=["start"], responses=RootAnswer)
    def get(self, request: HttpRequest) -> RenderedJson:  # noqa: ARG002  # Django's signature
        """All that has an address without parameters, by who may ask for it."""
        return RenderedJson(_BODY, etag=_ETAG)

    def get_view_description(self, html: bool = False) -> str:  # noqa: FBT001, FBT002  # DRF's signature
        """On the page of a browser: the same as links."""
        if not html:
            return str(super().get_view_description(html))
        told = ((who, format_html_join(" · ", '<a href="{}">{}</a>', _pairs(who))) for who in BEGINNINGS)
        return format_html("<dl>{}</dl>", format_html_join("", "<dt>{}</dt><dd>{}</dd>", told))


def _pairs(who: str) -> list[tuple[str, str]]:
    return [(path, name) for name, path in ROOT[who].items()]
