"""The pictures of a product, draft or published, for staff with catalog:write."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.contracts import (
    BadPicture,
    NoPicture,
    PictureNotFound,
    ProductNotFound,
    TooManyPictures,
)
from apps.catalog.models import Picture, Product
from apps.catalog.services.add_picture import add_picture
from apps.catalog.services.change_picture import change_picture, order_pictures
from apps.catalog.services.gather import picture_fact
from apps.catalog.services.remove_picture import remove_picture
from shop.http.access import staff
from shop.http.etags import check_match, etag_of, if_match
from shop.http.idempotency import by_subject, idempotent
from shop.http.paging import unpaged
from shop.http.rendering import to_json
from shop.http.schema import raises
from shop.http.uploads import UploadParser
from shop.http.views import ApiView

from . import bodies

WRITES = staff("catalog:write")
WHOLE = "a product has few pictures"


def product_id(slug: str) -> UUID:
    """Raises ProductNotFound."""
    for found in Product.objects.filter(slug=slug).order_by().values_list("pk", flat=True):
        return found
    raise ProductNotFound(f"There is no product {slug}.", slug=slug)


def picture_of(slug: str, picture_id: UUID) -> Picture:
    """Raises ProductNotFound or PictureNotFound."""
    picture = Picture.objects.filter(pk=picture_id, product_id=product_id(slug)).first()
    if picture is None:
        raise PictureNotFound("The product has no such picture.", picture_id=str(picture_id))
    return picture


def render(picture: Picture) -> dict[str, Any]:
    """A picture as staff see it."""
    fact = picture_fact(picture)
    return {
        "id": str(picture.pk),
        "url": fact.url,
        "alt": picture.alt,
        "position": picture.position,
        "width": picture.width,
        "height": picture.height,
        "size": picture.size,
        "state": picture.state,
        "problem": picture.problem,
        "srcset": [{"url": url, "width": width, "height": height} for url, width, height in fact.srcset],
    }


def answer(data: dict[str, Any], status: int = 200, **headers: str) -> Response:
    """With its ETag."""
    return Response(data, status=status, headers={"ETag": etag_of(to_json(data)), **headers})


def pictures_of(slug: str) -> dict[str, Any]:
    """All of a product, in their order."""
    rows = Picture.objects.filter(product_id=product_id(slug)).order_by("position", "id")
    return {"data": [render(row) for row in rows]}


class Pictures(ApiView):
    access = WRITES
    parser_classes = (UploadParser,)  # type: ignore[assignment]  # another one than everywhere else

    @extend_schema(
        operation_id="list_pictures",
        summary="The pictures of a product",
        responses=bodies.PICTURES,
    )
    @raises(ProductNotFound)
    @unpaged(WHOLE)
    def get(self, request: Request, slug: str) -> Response:  # noqa: ARG002  # Django's signature
        """In their order, with what the worker says of each."""
        return answer(pictures_of(slug))

    @extend_schema(
        operation_id="add_picture",
        summary="Upload a picture",
        request=bodies.UploadBody,
        responses={201: bodies.PictureAnswer},
    )
    @raises(ProductNotFound, TooManyPictures, NoPicture, BadPicture)
    @idempotent(context="catalog", caller=by_subject)
    def post(self, request: Request, slug: str) -> Response:
        """At most 10 MiB and 25 megapixels. Shown at once, last of all; the sizes are made within seconds.

        What is kept is the picture written anew: upright, in sRGB, without metadata.
        """
        body = bodies.UploadBody(data=request.data).checked()
        picture = add_picture(
            picture_id=request.operation_id,  # type: ignore[attr-defined]
            product_id=product_id(slug),
            content=body["file"],
            alt=body["alt"],
        )
        return answer(render(picture), 201, Location=f"/api/v1/products/{slug}/pictures/{picture.pk}")


class PictureOrder(ApiView):
    access = WRITES

    @extend_schema(
        operation_id="order_pictures",
        summary="Put the pictures of a product in order",
        request=bodies.OrderPicturesBody,
        responses=bodies.PICTURES,
    )
    @raises(ProductNotFound)
    @if_match()
    def put(self, request: Request, slug: str) -> Response:
        """Name all of them, first to last. Honours If-Match with the ETag of the list."""
        body = bodies.OrderPicturesBody(data=request.data).checked()
        check_match(request, etag_of(to_json(pictures_of(slug))))
        order_pictures(product_id=product_id(slug), picture_ids=body["pictures"])
        return answer(pictures_of(slug))


class PictureDetail(ApiView):
    access = WRITES

    @extend_schema(operation_id="get_picture", summary="One picture of a product", responses=bodies.PictureAnswer)
    @raises(ProductNotFound, PictureNotFound)
    def get(self, request: Request, slug: str, picture_id: UUID) -> Response:  # noqa: ARG002  # Django's signature
        """With its ETag."""
        return answer(render(picture_of(slug, picture_id)))

    @extend_schema(
        operation_id="change_picture",
        summary="Change the words or the place of a picture",
        request=bodies.ChangePictureBody,
        responses=bodies.PictureAnswer,
    )
    @raises(ProductNotFound, PictureNotFound)
    @if_match()
    def patch(self, request: Request, slug: str, picture_id: UUID) -> Response:
        """Only what is named changes. Honours If-Match."""
        body = bodies.ChangePictureBody(data=request.data).checked()
        picture = picture_of(slug, picture_id)
        check_match(request, etag_of(to_json(render(picture))))
        change_picture(picture_id=picture.pk, product_id=picture.product_id, **body)
        return answer(render(picture_of(slug, picture_id)))

    @extend_schema(operation_id="delete_picture", summary="Remove a picture", responses={204: None})
    @raises(ProductNotFound, PictureNotFound)
    @if_match()
    def delete(self, request: Request, slug: str, picture_id: UUID) -> Response:
        """The product no longer shows it; its files are removed some minutes later. Honours If-Match."""
        picture = picture_of(slug, picture_id)
        check_match(request, etag_of(to_json(render(picture))))
        remove_picture(picture_id=picture.pk, product_id=picture.product_id)
        return Response(status=204)
