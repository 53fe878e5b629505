"""Brands and tags: read by everybody, written by staff."""

from __future__ import annotations

from django.http import HttpRequest
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog import models
from apps.catalog.contracts import BrandNotFound, Stale, StillUsed, TagNotFound, Taken
from apps.catalog.http import bodies, rendering
from apps.catalog.queries import brand_of_slug, tag_of_slug
from apps.catalog.services.save_label import change_label, create_label, delete_label
from shop.http.access import anyone, per_method, staff
from shop.http.etags import etag_of, if_match, revision_wanted
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import PAGE_PARAMETERS
from shop.http.rendering import RenderedJson, to_json
from shop.http.schema import raises
from shop.http.views import PublicRead

from .lists import public_list

STAFF = staff("catalog:write")
LIST = per_method(anyone("the catalogue is public"), POST=STAFF)
DETAIL = per_method(anyone("the catalogue is public"), PATCH=STAFF, DELETE=STAFF)


class Brands(PublicRead):
    access = LIST

    @extend_schema(
        operation_id="brands_list", summary="All brands", parameters=PAGE_PARAMETERS, responses=rendering.BrandPage
    )
    def get(self, request: HttpRequest) -> RenderedJson:
        """In the order of their slugs."""
        return public_list(request, models.Brand.objects.all(), order=("slug",), render=rendering.render_brand)

    @extend_schema(
        operation_id="brands_create",
        summary="Make a brand",
        request=bodies.BrandBody,
        responses={201: rendering.BrandAnswer},
    )
    @raises(Taken)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request) -> Response:
        """Products name it by its slug."""
        body = bodies.BrandBody(data=request.data).checked()
        create_label(models.Brand, label_id=request.operation_id, columns=body)  # type: ignore[attr-defined]
        return _brand(body["slug"], 201, Location=f"/api/v1/brands/{body['slug']}")


class Brand(PublicRead):
    access = DETAIL

    @extend_schema(operation_id="brands_retrieve", summary="One brand", responses=rendering.BrandAnswer)
    @raises(BrandNotFound)
    def get(self, request: HttpRequest, slug: str) -> RenderedJson:  # noqa: ARG002  # Django's signature
        """With its description."""
        brand = brand_of_slug(slug)
        return RenderedJson(to_json(rendering.render_brand(brand)), etag=etag_of(brand.revision))

    @extend_schema(
        operation_id="brands_update",
        summary="Change a brand",
        request=bodies.BrandChanges,
        responses=rendering.BrandAnswer,
    )
    @raises(BrandNotFound, Stale, Taken)
    @if_match()
    def patch(self, request: Request, slug: str) -> Response:
        """What is named becomes so; its products follow within seconds."""
        changes = bodies.BrandChanges(data=request.data).checked()
        brand = brand_of_slug(slug)
        change_label(models.Brand, label_id=brand.pk, columns=changes, revision=revision_wanted(request))
        return _brand(changes.get("slug", slug))

    @extend_schema(operation_id="brands_destroy", summary="Remove a brand", responses={204: None})
    @raises(BrandNotFound, Stale, StillUsed)
    @if_match()
    def delete(self, request: Request, slug: str) -> Response:
        """One that a product has stays."""
        delete_label(models.Brand, label_id=brand_of_slug(slug).pk, revision=revision_wanted(request))
        return Response(status=204)


class Tags(PublicRead):
    access = LIST

    @extend_schema(
        operation_id="tags_list", summary="All tags", parameters=PAGE_PARAMETERS, responses=rendering.TagPage
    )
    def get(self, request: HttpRequest) -> RenderedJson:
        """In the order of their slugs."""
        return public_list(request, models.Tag.objects.all(), order=("slug",), render=rendering.render_tag)

    @extend_schema(
        operation_id="tags_create",
        summary="Make a tag",
        request=bodies.TagBody,
        responses={201: rendering.TagAnswer},
    )
    @raises(Taken)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request) -> Response:
        """Products name it by its slug."""
        body = bodies.TagBody(data=request.data).checked()
        create_label(models.Tag, label_id=request.operation_id, columns=body)  # type: ignore[attr-defined]
        return _tag(body["slug"], 201, Location=f"/api/v1/tags/{body['slug']}")


class Tag(PublicRead):
    access = DETAIL

    @extend_schema(operation_id="tags_retrieve", summary="One tag", responses=rendering.TagAnswer)
    @raises(TagNotFound)
    def get(self, request: HttpRequest, slug: str) -> RenderedJson:  # noqa: ARG002
        """By its slug."""
        tag = tag_of_slug(slug)
        return RenderedJson(to_json(rendering.render_tag(tag)), etag=etag_of(tag.revision))

    @extend_schema(
        operation_id="tags_update",
        summary="Change a tag",
        request=bodies.TagChanges,
        responses=rendering.TagAnswer,
    )
    @raises(TagNotFound, Stale, Taken)
    @if_match()
    def patch(self, request: Request, slug: str) -> Response:
        """What is named becomes so; its products follow within seconds."""
        changes = bodies.TagChanges(data=request.data).checked()
        tag = tag_of_slug(slug)
        change_label(models.Tag, label_id=tag.pk, columns=changes, revision=revision_wanted(request))
        return _tag(changes.get("slug", slug))

    @extend_schema(operation_id="tags_destroy", summary="Remove a tag", responses={204: None})
    @raises(TagNotFound, Stale, StillUsed)
    @if_match()
    def delete(self, request: Request, slug: str) -> Response:
        """One that a product carries stays."""
        delete_label(models.Tag, label_id=tag_of_slug(slug).pk, revision=revision_wanted(request))
        return Response(status=204)


def _brand(slug: str, status: int = 200, **headers: str) -> Response:
    brand = brand_of_slug(slug)
    etag = etag_of(brand.revision)
    return Response(rendering.render_brand(brand), status=status, headers={"ETag": etag, **headers})


def _tag(slug: str, status: int = 200, **headers: str) -> Response:
    tag = tag_of_slug(slug)
    return Response(rendering.render_tag(tag), status=status, headers={"ETag": etag_of(tag.revision), **headers})
