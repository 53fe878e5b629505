"""Product types: what is stated of a kind of product, and what its variants combine."""

from __future__ import annotations

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.contracts import ProductTypeNotFound, Stale, StillUsed, Taken
from apps.catalog.http import bodies
from apps.catalog.http.rendering import ProductTypeAnswer, ProductTypePage, render_product_type
from apps.catalog.queries import product_type_of, product_types
from apps.catalog.services.save_product_type import change_product_type, create_product_type, delete_product_type
from shop.http.etags import etag_of, if_match, revision_wanted
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS
from shop.http.rendering import RenderedJson, to_json
from shop.http.schema import raises
from shop.http.views import PublicRead

from .labels import DETAIL, LIST
from .lists import public_list


class ProductTypes(PublicRead):
    access = LIST

    @extend_schema(
        operation_id="product_types_list",
        summary="Product types",
        parameters=PAGE_PARAMETERS,
        responses=ProductTypePage,
    )
    def get(self, request: HttpRequest) -> RenderedJson:
        """In the order of their codes."""
        return public_list(request, product_types(), order=("code",), render=render_product_type)

    @extend_schema(
        operation_id="product_types_create",
        summary="Make a product type",
        request=bodies.ProductTypeBody,
        responses={201: ProductTypeAnswer},
    )
    @raises(Taken)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request) -> Response:
        """An attribute's code means the same in all types: the same kind, in the same unit."""
        draft = bodies.ProductTypeBody(data=request.data).draft()
        create_product_type(operation_id=request.operation_id, draft=draft)  # type: ignore[attr-defined]
        return _answer(draft.code, 201, Location=f"/api/v1/product-types/{draft.code}")


class ProductType(PublicRead):
    access = DETAIL

    @extend_schema(operation_id="product_types_retrieve", summary="One product type", responses=ProductTypeAnswer)
    @raises(ProductTypeNotFound)
    def get(self, request: HttpRequest, code: str) -> RenderedJson:  # noqa: ARG002  # Django's signature
        """With its attributes and options in their order."""
        found = product_type_of(code)
        return RenderedJson(to_json(render_product_type(found)), etag=etag_of(found.revision))

    @extend_schema(
        operation_id="product_types_update",
        summary="Change a product type",
        request=bodies.ProductTypeChanges,
        responses=ProductTypeAnswer,
    )
    @raises(ProductTypeNotFound, Stale, StillUsed)
    @if_match()
    def patch(self, request: Request, code: str) -> Response:
        """A named list is the whole list. While products have the type, it grows and does not shrink."""
        changes = bodies.ProductTypeChanges(data=request.data).checked()
        found, wanted = product_type_of(code), revision_wanted(request)
        draft = bodies.draft_of_type(code, render_product_type(found) | changes)
        change_product_type(draft=draft, revision=found.revision if wanted is None else wanted)
        return _answer(code)

    @extend_schema(operation_id="product_types_destroy", summary="Remove a product type", responses={204: None})
    @raises(ProductTypeNotFound, Stale, StillUsed)
    @if_match()
    def delete(self, request: Request, code: str) -> Response:
        """One that a product has stays."""
        delete_product_type(code=code, revision=revision_wanted(request))
        return Response(status=204)


def _answer(code: str, status: int = 200, **headers: str) -> Response:
    found = product_type_of(code)
    etag = etag_of(found.revision)
    return Response(render_product_type(found), status=status, headers={"ETag": etag, **headers})
