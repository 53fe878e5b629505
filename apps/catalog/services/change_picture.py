"""Use case: other words for a picture, or another place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict, Unpack
from uuid import UUID

from apps.catalog.contracts import PictureNotFound
from apps.catalog.models import Picture
from shop.db import transact
from shop.errors import FieldError, Invalid

from .render_product import render_product


class PictureChanges(TypedDict, total=False):
    """What may change; what is left out stays."""

    alt: str
    position: int


def change_picture(*, picture_id: UUID, product_id: UUID, **changes: Unpack[PictureChanges]) -> None:
    """Change what is named. Raises PictureNotFound."""

    def change() -> None:
        mine = Picture.objects.filter(pk=picture_id, product_id=product_id)
        if not (mine.update(**changes) if changes else mine.exists()):
            raise PictureNotFound("The product has no such picture.", picture_id=str(picture_id))
        render_product(product_id=product_id)

    transact("catalog", change)


def order_pictures(*, product_id: UUID, picture_ids: Sequence[UUID]) -> None:
    """Show the product's pictures in this order. All of them are named, each once."""

    def order() -> None:
        standing = dict(Picture.objects.filter(product_id=product_id).values_list("pk", "position"))
        if len(picture_ids) != len(standing) or set(picture_ids) != set(standing):
            wrong = FieldError("/pictures", "not_all", "Name each of the product's pictures once.")
            raise Invalid(errors=(wrong,))
        for position, picture_id in enumerate(picture_ids):
            if standing[picture_id] != position:
                Picture.objects.filter(pk=picture_id).update(position=position)
        render_product(product_id=product_id)

    transact("catalog", order)
