"""Use case: one variant of a product comes, changes or goes. They belong to the product and share its revision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from apps.catalog.contracts import VariantNotFound
from apps.catalog.models import Product, Status, Variant
from apps.catalog.queries import product_of_slug
from shop.errors import DomainError, FieldError

from .render_product import render_product
from .save_product import update_latest
from .surroundings import NO_TYPE, types_of
from .unique import transact_unique
from .variants import VariantDraft, check_sellable, drafts_of, save_variants


def add_variant(*, slug: str, draft: VariantDraft, revision: int | None = None) -> Product:
    """One more variant, the last one. Repeating with the same `variant_id` changes nothing."""

    def add(drafts: list[VariantDraft]) -> int:
        drafts.append(draft)
        return len(drafts) - 1

    def run() -> Product:
        product = product_of_slug(slug)
        if draft.variant_id and Variant.objects.filter(pk=draft.variant_id).exists():
            return product
        return _save(product, revision, add)

    return transact_unique("catalog", run)


def edit_variant(*, slug: str, sku: str, changes: Mapping[str, Any], revision: int | None = None) -> Product:
    """Other `options`, or another `position` among the variants, 0 for the first. The SKU is for ever."""

    def edit(drafts: list[VariantDraft]) -> int:
        at = _index(drafts, sku)
        draft = drafts.pop(at)
        place = min(int(changes.get("position", at)), len(drafts))
        drafts.insert(place, replace(draft, options=changes.get("options", draft.options)))
        return place

    return transact_unique("catalog", lambda: _save(product_of_slug(slug), revision, edit))


def remove_variant(*, slug: str, sku: str, revision: int | None = None) -> Product:
    """It is sold no more; its stock rows and ledger stay. A product on sale keeps one variant with a price."""

    def remove(drafts: list[VariantDraft]) -> int:
        del drafts[_index(drafts, sku)]
        return 0

    return transact_unique("catalog", lambda: _save(product_of_slug(slug), revision, remove))


def _index(drafts: list[VariantDraft], sku: str) -> int:
    for i, draft in enumerate(drafts):
        if draft.sku == sku:
            return i
    raise VariantNotFound(f"The product has no variant {sku}.", sku=sku)


def _save(product: Product, revision: int | None, change: Callable[[list[VariantDraft]], int]) -> Product:
    """All variants as one draft, so that they are checked against each other. `change` answers the place it touched."""
    update_latest(product, revision)
    drafts = drafts_of(product.pk)
    touched = change(drafts)
    kind = types_of([product.product_type_id])[product.product_type_id] if product.product_type_id else NO_TYPE
    try:
        save_variants(product.pk, tuple(drafts), kind.options)
    except DomainError as refusal:
        refusal.errors = tuple(_as_body(error, touched) for error in refusal.errors)
        raise
    if product.status == Status.PUBLISHED:
        check_sellable(product.pk)
        render_product(product_id=product.pk)
    return Product.objects.get(pk=product.pk)


def _as_body(error: FieldError, touched: int) -> FieldError:
    """The pointer into the one variant that was sent, not into all of the product."""
    return replace(error, pointer=error.pointer.removeprefix(f"/variants/{touched}"))
