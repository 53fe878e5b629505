"""Browsing. Each answer is bytes that were rendered when they were written."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.utils import extend_schema

from apps.catalog.contracts import CategoryNotFound, ProductNotFound
from apps.catalog.queries import SORTS, category_tree, listing, product_page
from shop.errors import FieldError, Invalid
from shop.http.access import anyone
from shop.http.etags import etag_of
from shop.http.paging import joined, limit_of, next_link, rows_of, unpaged, wants_total
from shop.http.rendering import RenderedJson, to_json
from shop.http.schema import raises
from shop.http.views import PublicRead

from . import serializers

_SLUG = re.compile(r"[-a-zA-Z0-9_]{1,120}\Z")


class Categories(PublicRead):
    """The tree."""

    access = anyone("the catalogue is public")

    @extend_schema(
        operation_id="categories_list",
        summary="The category tree",
        responses={(200, "application/json"): serializers.TREE},
        examples=[serializers.TREE_EXAMPLE],
    )
    @unpaged("a shop has some hundred categories, and a client wants the tree")
    def get(self, request: HttpRequest) -> RenderedJson:  # noqa: ARG002  # Django's signature
        """All categories, nested."""
        body = to_json({"data": category_tree()})
        return RenderedJson(body, etag=etag_of(body))


class Products(PublicRead):
    """What is on sale."""

    access = anyone("the catalogue is public")

    @extend_schema(
        operation_id="products_list",
        summary="Products on sale",
        parameters=serializers.LIST_PARAMETERS,
        responses={(200, "application/json"): serializers.CARDS},
        examples=[serializers.CARDS_EXAMPLE],
    )
    @raises(CategoryNotFound)
    def get(self, request: HttpRequest) -> RenderedJson:
        """One page of cards."""
        params = request.GET
        _check_currency(params)
        found = listing(category=_category(params), sort=_sort(params))
        rows, cursor = rows_of(found.rows, order=found.order, limit=limit_of(params), after=params.get("after"))
        total = found.rows.count() if wants_total(params) else None
        body = joined([row[found.card].encode() for row in rows], cursor, total)
        response = RenderedJson(body, etag=etag_of(body))
        if cursor:
            response.headers["Link"] = next_link(request, cursor)
        return response


class Product(PublicRead):
    """One product."""

    access = anyone("the catalogue is public")

    @extend_schema(
        operation_id="products_retrieve",
        summary="One product with its variants",
        parameters=[serializers.CURRENCY],
        responses={(200, "application/json"): serializers.PAGE},
        examples=[serializers.PAGE_EXAMPLE],
    )
    @raises(ProductNotFound)
    def get(self, request: HttpRequest, slug: str) -> RenderedJson:
        """Its page: one indexed read."""
        _check_currency(request.GET)
        page = product_page(slug=slug)
        return RenderedJson(page.body, etag=page.etag)


def _check_currency(params: Any) -> None:
    currency = params.get("currency")
    if currency is not None and currency not in settings.CURRENCIES:
        raise _wrong("/currency", "unknown_currency", f"One of {', '.join(settings.CURRENCIES)}.")


def _category(params: Any) -> str | None:
    slug: str | None = params.get("category")
    if slug is not None and not _SLUG.match(slug):
        raise CategoryNotFound("That is no category's slug.")
    return slug


def _sort(params: Any) -> str:
    sort: str = params.get("sort", "newest")
    if sort not in SORTS:
        raise _wrong("/sort", "unknown_sort", f"One of {', '.join(SORTS)}.")
    return sort


def _wrong(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=(FieldError(pointer, code, detail),))
