"""Use case: a product goes on sale, or off it."""

from __future__ import annotations

from uuid import UUID

from apps.catalog.contracts import NotPublishable, ProductNotFound, StaleProduct
from apps.catalog.models import Product, Status, shelf_mark
from apps.catalog.rules import missing_values
from shop.db import transact

from .render_product import render_product
from .save_product import update_latest
from .surroundings import NO_TYPE, types_of
from .variants import check_sellable


def publish_product(*, product_id: UUID, revision: int | None = None) -> bool:
    """Show and sell it. False if it was published already.

    Raises NotPublishable if nothing of it could be bought or its type requires what it does not state, StaleProduct
    for another `revision`.
    """

    def publish() -> bool:
        product = _get(product_id, revision)
        if product.status == Status.PUBLISHED:
            return False
        _check(product)
        update_latest(product, revision, status=Status.PUBLISHED, shelved=shelf_mark())
        render_product(product_id=product_id)
        return True

    return transact("catalog", publish)


def withdraw_product(*, product_id: UUID, revision: int | None = None) -> bool:
    """Neither show nor sell it; orders that hold its stock are filled. False if it was a draft already."""

    def withdraw() -> bool:
        product = _get(product_id, revision)
        if product.status == Status.DRAFT:
            return False
        update_latest(product, revision, status=Status.DRAFT)
        render_product(product_id=product_id)
        return True

    return transact("catalog", withdraw)


def _get(product_id: UUID, revision: int | None) -> Product:
    product = Product.objects.filter(pk=product_id).defer("card", "page").first()
    if product is None:
        raise ProductNotFound("There is no such product.", product_id=str(product_id))
    if revision not in (None, product.revision):
        raise StaleProduct(f"{product.name} was changed by somebody else.", revision=product.revision)
    return product


def _check(product: Product) -> None:
    kind = types_of([product.product_type_id])[product.product_type_id] if product.product_type_id else NO_TYPE
    if missing := missing_values(kind.attributes, product.attributes):
        raise NotPublishable("Its type requires more than it states.", errors=tuple(missing))
    check_sellable(product.pk)
