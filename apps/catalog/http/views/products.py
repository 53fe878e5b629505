"""Products: read as bytes that were rendered when they were written, and written by staff."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog import models
from apps.catalog.contracts import CategoryNotFound, NotPublishable, ProductNotFound, StaleProduct, Taken
from apps.catalog.http import bodies, filters, serializers
from apps.catalog.http.permissions import may_price
from apps.catalog.http.rendering import StaffProductAnswer, StaffProductPage, render_row, render_staff_product
from apps.catalog.providers.search.answers import count_products, search_products
from apps.catalog.providers.search.facets import facets
from apps.catalog.queries import (
    Moved,
    listing,
    product_of_slug,
    product_page,
    staff_product,
    staff_products,
)
from apps.catalog.queries import StaffProduct as FoundProduct
from apps.catalog.services.delete_product import delete_product
from apps.catalog.services.edit_product import create_product, edit_product
from apps.catalog.services.publish_product import publish_product, withdraw_product
from shop.errors import FieldError, Forbidden, Invalid
from shop.http.access import anyone, per_method, staff
from shop.http.etags import etag_of, if_match, revision_wanted
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS, joined, limit_of, list_answer, list_of, next_link, rows_of
from shop.http.rendering import RenderedJson, to_json
from shop.http.schema import raises
from shop.http.views import ApiView, PublicRead

from .moved import moved

MOVED = OpenApiResponse(description="It has another slug now: see `Location`.")


class Products(PublicRead):
    """What is on sale, and a way to have more of it."""

    access = per_method(anyone("the catalogue is public"), POST=staff("catalog:write"))

    @extend_schema(
        operation_id="products_list",
        summary="Products on sale: lists, search, filters and facets",
        description="A parameter that there is not is refused with 422, because it would filter nothing.",
        parameters=serializers.LIST_PARAMETERS,
        responses={(200, "application/json"): serializers.CARDS},
        examples=[serializers.CARDS_EXAMPLE],
    )
    @raises(CategoryNotFound)
    def get(self, request: HttpRequest) -> RenderedJson:
        """One page of cards: of a plain list from the database, of a search by way of the index."""
        params = request.GET
        asked = filters.asked_for(params)
        category = _category(params)
        limit, after, of = limit_of(params), params.get("after"), list_of(request)
        if asked.searched:
            cards, cursor = _searched(asked, limit, after, of)
        else:
            found = listing(category=category, sort=asked.sort)
            rows, cursor = rows_of(found.rows, order=found.order, limit=limit, after=after, of=of)
            cards = joined([row[found.card].encode() for row in rows], cursor)
        body = serializers.CARDS_SHAPE.applied_to_bytes(params, cards)
        response = RenderedJson(body, etag=etag_of(body))
        if cursor:
            response.headers["Link"] = next_link(request, cursor)
        return response

    @extend_schema(
        operation_id="products_create",
        summary="Make a product",
        request=bodies.ProductBody,
        responses={201: StaffProductAnswer},
    )
    @raises(Taken, Forbidden)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request) -> Response:
        """A draft, which nobody else sees until it is published. Its variants may come with standing prices."""
        body, variants = bodies.ProductBody(data=request.data).parts()
        may_price(request, variants)
        product = create_product(product_id=request.operation_id, body=body, variants=variants)  # type: ignore[attr-defined]
        return staff_answer(product, 201, Location=f"/api/v1/staff/products/{product.slug}")


def _searched(asked: filters.Asked, limit: int, after: str | None, of: str) -> tuple[bytes, str | None]:
    place = filters.place_of(asked, after, of=of)
    if asked.nothing:
        return joined([], None, _included(asked)), None
    asked = filters.understood(asked)
    found = search_products(question=asked.question, sort=asked.sort, limit=limit, after=place)
    cursor = filters.cursor_at(asked, found.after, of=of)
    return joined([card.encode() for card in found.cards], cursor, _included(asked)), cursor


def _included(asked: filters.Asked) -> dict[str, bytes]:
    more: dict[str, bytes] = {}
    if "total" in asked.include:
        more["total"] = to_json(0 if asked.nothing else count_products(question=asked.question))
    if "facets" in asked.include:
        more["facets"] = b'{"price":null}' if asked.nothing else facets(question=asked.question)
    return more


class Product(PublicRead):
    """One product."""

    access = per_method(anyone("the catalogue is public"), PATCH=staff("catalog:write"), DELETE=staff("catalog:write"))

    @extend_schema(
        operation_id="products_retrieve",
        summary="One product with its variants",
        parameters=[serializers.CURRENCY, *serializers.PAGE_SHAPE.parameters],
        responses={(200, "application/json"): serializers.PAGE, 301: MOVED},
        examples=[serializers.PAGE_EXAMPLE],
    )
    @raises(ProductNotFound)
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """Its page: one indexed read. An old slug leads to the present one."""
        _check_currency(request.GET)
        page = product_page(slug=slug)
        if isinstance(page, Moved):
            return moved(request, f"products/{page.slug}")
        body = serializers.PAGE_SHAPE.applied_to_bytes(request.GET, page.body)
        return RenderedJson(body, etag=page.etag if body is page.body else etag_of(body))

    @extend_schema(
        operation_id="products_update",
        summary="Change a product",
        request=bodies.ProductChanges,
        responses=StaffProductAnswer,
    )
    @raises(ProductNotFound, StaleProduct, Taken, NotPublishable)
    @if_match()
    def patch(self, request: Request, slug: str) -> Response:
        """What is named becomes so. Attributes are merged, null states one no more; its old slug leads to a new one."""
        changes = bodies.ProductChanges(data=request.data).checked()
        return staff_answer(edit_product(slug=slug, changes=changes, revision=revision_wanted(request)))

    @extend_schema(operation_id="products_destroy", summary="Remove a product", responses={204: None})
    @raises(ProductNotFound, StaleProduct)
    @if_match()
    def delete(self, request: Request, slug: str) -> Response:
        """With its variants, prices and pictures. Stock and ledger stay; orders that hold stock are filled."""
        delete_product(product_id=product_of_slug(slug).pk, revision=revision_wanted(request))
        return Response(status=204)


class PublishProduct(ApiView):
    access = staff("catalog:write")

    @extend_schema(
        operation_id="products_publish", summary="Put a product on sale", request=None, responses=StaffProductAnswer
    )
    @raises(ProductNotFound, NotPublishable)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002  # Django's signature
        """It needs a variant with a price, and what its type requires. Repeating it is harmless."""
        product = product_of_slug(slug)
        publish_product(product_id=product.pk)
        return staff_answer(product)


class UnpublishProduct(ApiView):
    access = staff("catalog:write")

    @extend_schema(
        operation_id="products_unpublish",
        summary="Take a product off sale",
        request=None,
        responses=StaffProductAnswer,
    )
    @raises(ProductNotFound)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """It becomes a draft again. Repeating it is harmless."""
        product = product_of_slug(slug)
        withdraw_product(product_id=product.pk)
        return staff_answer(product)


class StaffProducts(ApiView):
    access = staff("catalog:write")

    @extend_schema(
        operation_id="staff_products_list",
        summary="Products, drafts too",
        parameters=[OpenApiParameter("status", str, enum=["draft", "published"]), *PAGE_PARAMETERS],
        responses=StaffProductPage,
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        rows, order = staff_products(_status(request.query_params))
        return list_answer(request, rows, order=order, render=render_row, filters=("status",))


class StaffProduct(ApiView):
    access = staff("catalog:write")

    @extend_schema(
        operation_id="staff_products_retrieve", summary="A product for its editors", responses=StaffProductAnswer
    )
    @raises(ProductNotFound)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002
        """A draft as well as a published one, with an ETag that is good for If-Match."""
        return _answer(staff_product(slug))


def staff_answer(product: models.Product, status: int = 200, **headers: str) -> Response:
    """What staff changed, as it is now."""
    return _answer(staff_product(product.slug), status, **headers)


def _answer(found: FoundProduct, status: int = 200, **headers: str) -> Response:
    etag = etag_of(found.product.revision)
    return Response(render_staff_product(found), status=status, headers={"ETag": etag, **headers})


def _status(params: Any) -> str | None:
    status: str | None = params.get("status")
    if status not in (None, "draft", "published"):
        raise _wrong("/status", "unknown_status", "draft or published.")
    return status


def _check_currency(params: Any) -> None:
    currency = params.get("currency")
    if currency is not None and currency not in settings.CURRENCIES:
        raise _wrong("/currency", "unknown_currency", f"One of {', '.join(settings.CURRENCIES)}.")


def _category(params: Any) -> str | None:
    slug: str | None = params.get("category")
    if slug is not None and not filters.check_slug(slug):
        raise CategoryNotFound("That is no category's slug.")
    return slug


def _wrong(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=(FieldError(pointer, code, detail),))
