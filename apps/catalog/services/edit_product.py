"""Use case: a merchandiser makes a product by its slugs, or changes some of what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from apps.catalog.models import Product, ProductTag
from apps.catalog.queries import product_of_slug

from .references import fields_of, resolved
from .save_product import ProductDraft, store_product
from .surroundings import types_of
from .unique import transact_unique
from .variants import VariantDraft


def create_product(*, product_id: UUID, body: Mapping[str, Any], variants: Sequence[VariantDraft]) -> Product:
    """A new draft. Repeating with the same id makes the same product."""

    def create() -> Product:
        draft = ProductDraft(**resolved(body), variants=tuple(variants))
        if not Product.objects.filter(pk=product_id).exists():
            store_product(product_id=product_id, draft=draft)
        return Product.objects.get(pk=product_id)

    return transact_unique("catalog", create)


def edit_product(*, slug: str, changes: Mapping[str, Any], revision: int | None = None) -> Product:
    """What `changes` name becomes so, the rest stays. Attributes are merged; null states one no more.

    With `revision`, only that revision is changed: raises StaleProduct if it is no longer the latest.
    """

    def edit() -> Product:
        product = product_of_slug(slug)
        tags = ProductTag.objects.filter(product_id=product.pk).order_by().values_list("tag_id", flat=True)
        fields = fields_of(product, list(tags)) | resolved(changes)
        fields["attributes"] = _kept(product, fields["product_type"]) | changes.get("attributes", {})
        store_product(product_id=product.pk, draft=ProductDraft(**fields, variants=None), revision=revision)
        return Product.objects.get(pk=product.pk)

    return transact_unique("catalog", edit)


def _kept(product: Product, product_type: str | None) -> dict[str, Any]:
    """What it states of its type's attributes; nothing when it gets another type."""
    if product_type is None or product_type != product.product_type_id:
        return {}
    known = {rule.code for rule in types_of([product_type])[product_type].attributes}
    return {code: value for code, value in product.attributes.items() if code in known}
