"""Use case: a product gets a picture, or other words and another place for one."""

from __future__ import annotations

from uuid import UUID

from django.core.files import File
from django.core.files.images import get_image_dimensions

from apps.catalog.contracts import ProductNotFound
from apps.catalog.models import Picture, Product
from shop.db import transact

from .render_product import render_product


def add_picture(*, picture_id: UUID, product_id: UUID, file: File[bytes], alt: str, position: int = 0) -> None:
    """Store the file, then the row. Repeating with the same id changes nothing."""
    if Picture.objects.filter(pk=picture_id).exists():
        return
    width, height = get_image_dimensions(file)
    picture = Picture(
        pk=picture_id, product_id=product_id, alt=alt, position=position, width=width or 0, height=height or 0
    )
    picture.file.save(file.name or f"{picture_id}", file, save=False)

    def add() -> None:
        if not Product.objects.filter(pk=product_id).exists():
            raise ProductNotFound("There is no such product.", product_id=str(product_id))
        picture.save(force_insert=True)
        render_product(product_id=product_id)

    transact("catalog", add)


def change_picture(*, picture_id: UUID, product_id: UUID, alt: str, position: int) -> None:
    """New words or another place."""

    def change() -> None:
        Picture.objects.filter(pk=picture_id, product_id=product_id).update(alt=alt, position=position)
        render_product(product_id=product_id)

    transact("catalog", change)


def remove_picture(*, picture_id: UUID, product_id: UUID) -> None:
    """The product no longer shows it. The file stays: cached documents may still name it."""

    def remove() -> None:
        Picture.objects.filter(pk=picture_id, product_id=product_id).delete()
        render_product(product_id=product_id)

    transact("catalog", remove)
