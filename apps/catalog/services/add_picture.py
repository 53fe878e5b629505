"""Use case: a product gets a picture."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Max

from apps.catalog.contracts import ProductNotFound, TooManyPictures
from apps.catalog.models import Picture, Product
from shop.db import transact
from shop.faults import fault
from shop.jobs import JOBS, wake

from . import files
from .clean_picture import CleanPicture, clean_picture
from .render_product import render_product

MOST_PICTURES = 50


def add_picture(
    *, picture_id: UUID, product_id: UUID, content: bytes, alt: str = "", position: int | None = None
) -> Picture:
    """Clean it, store the file, then the row; the last of the product's pictures unless told where.

    Repeating with the same id changes nothing. Raises ProductNotFound, TooManyPictures, NoPicture, BadPicture.
    """
    standing = Picture.objects.filter(pk=picture_id).first()
    if standing is not None:
        return standing
    _check_room(product_id)
    clean = clean_picture(content)
    name = f"pictures/{picture_id.hex}/{clean.digest}.{clean.extension}"
    files.store(name, clean.content)
    fault("catalog.picture.stored")
    picture = _row(picture_id, product_id, name, clean, alt)

    def add() -> bool:
        if Picture.objects.filter(pk=picture_id).exists():
            files.own([name])  # the same request, a moment earlier: its file is this one
            return False
        _check_room(product_id)
        files.own([name])
        picture.position = _last(product_id) + 1 if position is None else position
        picture.save(force_insert=True)
        render_product(product_id=product_id)
        return True

    if transact("catalog", add):
        wake(JOBS["catalog.make_renditions"])
    return picture


def _check_room(product_id: UUID) -> None:
    if not Product.objects.filter(pk=product_id).exists():
        raise ProductNotFound("There is no such product.", product_id=str(product_id))
    if Picture.objects.filter(product_id=product_id).count() >= MOST_PICTURES:
        raise TooManyPictures(f"A product has at most {MOST_PICTURES} pictures.")


def _last(product_id: UUID) -> int:
    last: int | None = Picture.objects.filter(product_id=product_id).aggregate(last=Max("position"))["last"]
    return -1 if last is None else last


def _row(picture_id: UUID, product_id: UUID, name: str, clean: CleanPicture, alt: str) -> Picture:
    return Picture(
        pk=picture_id,
        product_id=product_id,
        file=name,
        width=clean.width,
        height=clean.height,
        size=len(clean.content),
        alt=alt,
    )
