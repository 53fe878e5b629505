"""Use case: a product goes on sale, or off it."""

from __future__ import annotations

from uuid import UUID

from apps.catalog.contracts import ProductNotFound
from apps.catalog.models import Product, Status, shelf_mark
from shop.clock import now
from shop.db import transact

from .render_product import render_product


def publish_product(*, product_id: UUID) -> bool:
    """Show and sell it. False if it was published already."""

    def publish() -> bool:
        drafts = Product.objects.filter(pk=product_id, status=Status.DRAFT)
        if not drafts.update(status=Status.PUBLISHED, updated_at=now(), shelved=shelf_mark()):
            return _unchanged(product_id)
        render_product(product_id=product_id)
        return True

    return transact("catalog", publish)


def withdraw_product(*, product_id: UUID) -> bool:
    """Neither show nor sell it; orders that hold its stock are filled. False if it was a draft already."""

    def withdraw() -> bool:
        shown = Product.objects.filter(pk=product_id, status=Status.PUBLISHED)
        if not shown.update(status=Status.DRAFT, updated_at=now()):
            return _unchanged(product_id)
        render_product(product_id=product_id)
        return True

    return transact("catalog", withdraw)


def _unchanged(product_id: UUID) -> bool:
    if not Product.objects.filter(pk=product_id).exists():
        raise ProductNotFound("There is no such product.", product_id=str(product_id))
    return False
