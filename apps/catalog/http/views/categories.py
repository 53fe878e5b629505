"""The tree and its nodes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.contracts import CategoryNotFound, Stale, StillUsed, Taken
from apps.catalog.http import bodies, serializers
from apps.catalog.http.rendering import CategoryAnswer
from apps.catalog.queries import Moved, category_of_slug, category_page, category_tree
from apps.catalog.services.edit_category import create_category, edit_category
from apps.catalog.services.save_category import delete_category
from shop.http.access import anyone, per_method, staff
from shop.http.etags import etag_of, if_match, revision_wanted
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import unpaged
from shop.http.rendering import RenderedJson, to_json
from shop.http.schema import raises
from shop.http.views import PublicRead

from .moved import moved
from .products import MOVED


class Categories(PublicRead):
    """The tree."""

    access = per_method(anyone("the catalogue is public"), POST=staff("catalog:write"))

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

    @extend_schema(
        operation_id="categories_create",
        summary="Make a category",
        request=bodies.CategoryBody,
        responses={201: CategoryAnswer},
    )
    @raises(Taken)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request) -> Response:
        """At the root, or below its parent."""
        body = bodies.CategoryBody(data=request.data).checked()
        category = create_category(category_id=request.operation_id, body=body)  # type: ignore[attr-defined]
        return _answer(category.slug, 201, Location=f"/api/v1/categories/{category.slug}")


class Category(PublicRead):
    """One node of the tree."""

    access = per_method(anyone("the catalogue is public"), PATCH=staff("catalog:write"), DELETE=staff("catalog:write"))

    @extend_schema(
        operation_id="categories_retrieve",
        summary="One category",
        responses={200: CategoryAnswer, 301: MOVED},
    )
    @raises(CategoryNotFound)
    def get(self, request: HttpRequest, slug: str) -> HttpResponse:
        """With its way from the root and what is right below. An old slug leads to the present one."""
        page = category_page(slug=slug)
        if isinstance(page, Moved):
            return moved(request, f"categories/{page.slug}")
        body = to_json(page)
        return RenderedJson(body, etag=_etag(body, int(page["revision"])))

    @extend_schema(
        operation_id="categories_update",
        summary="Change or move a category",
        request=bodies.CategoryChanges,
        responses=CategoryAnswer,
    )
    @raises(CategoryNotFound, Stale, Taken)
    @if_match()
    def patch(self, request: Request, slug: str) -> Response:
        """What is named becomes so; another `parent` moves it with all that is below it, null to the root."""
        changes = bodies.CategoryChanges(data=request.data).checked()
        return _answer(edit_category(slug=slug, changes=changes, revision=revision_wanted(request)).slug)

    @extend_schema(operation_id="categories_destroy", summary="Remove an empty category", responses={204: None})
    @raises(CategoryNotFound, Stale, StillUsed)
    @if_match()
    def delete(self, request: Request, slug: str) -> Response:
        """One with products or sub-categories stays."""
        delete_category(category_id=category_of_slug(slug).pk, revision=revision_wanted(request))
        return Response(status=204)


def _answer(slug: str, status: int = 200, **headers: str) -> Response:
    page = category_page(slug=slug)
    assert not isinstance(page, Moved)  # it was written just now
    etag = _etag(to_json(page), int(page["revision"]))
    return Response(page, status=status, headers={"ETag": etag, **headers})


def _etag(body: bytes, revision: int) -> str:
    """Of the bytes, which show more than the row; good for If-Match, as it names the row's revision."""
    return f'"r{revision}-{etag_of(body)[1:-1]}"'
