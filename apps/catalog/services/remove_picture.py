"""Use case: a product no longer shows a picture."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from apps.catalog.contracts import PictureNotFound
from apps.catalog.models import Picture
from shop.db import transact

from . import files
from .render_product import render_product


def remove_picture(*, picture_id: UUID, product_id: UUID) -> None:
    """Take it off the product; a job removes its files a little later, when no cached document names them."""

    def remove() -> None:
        if not let_go_of(Picture.objects.filter(pk=picture_id, product_id=product_id)):
            raise PictureNotFound("The product has no such picture.", picture_id=str(picture_id))
        render_product(product_id=product_id)

    transact("catalog", remove)


def let_go_of_all(product_id: UUID) -> None:
    """Inside the transaction that removes the product."""
    let_go_of(Picture.objects.filter(product_id=product_id))


def let_go_of(pictures: QuerySet[Picture]) -> int:
    """Remove the rows, and leave their files to the job; how many there were."""
    rows = list(pictures)
    files.let_go(name for row in rows for name in names_of(row))
    Picture.objects.filter(pk__in=[row.pk for row in rows]).delete()
    return len(rows)


def names_of(picture: Picture) -> list[str]:
    """All its files."""
    return [str(picture.file.name), *(name for _, _, name in picture.renditions)]
