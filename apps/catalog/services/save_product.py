"""Use case: a merchandiser makes or changes a product with its variants and standing prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from apps.catalog.contracts import StaleProduct, Taken
from apps.catalog.models import Brand, Category, Product, ProductTag, ProductType, Status, Tag
from apps.catalog.rules import VideoFact, attribute_values, missing_values, sort_name, wrong_videos
from shop.clock import now
from shop.errors import FieldError, Invalid
from shop.ids import uuid7

from .redirects import take_slug
from .render_product import render_product
from .standing import stand_on
from .surroundings import NO_TYPE, TypeFacts, types_of
from .unique import transact_unique
from .variants import VariantDraft, check_sellable, check_standing_variants, ensure_stock_rows, save_variants

__all__ = ["ProductDraft", "VariantDraft", "ensure_stock_rows", "save_product"]


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product as it shall be; variants in the order in which they are shown, None leaves them as they are."""

    slug: str
    name: str
    category_id: UUID
    variants: tuple[VariantDraft, ...] | None
    description: str = ""
    tax_class: str = "standard"
    product_type: str | None = None
    attributes: Mapping[str, Any] = field(default_factory=dict)
    brand_id: UUID | None = None
    tag_ids: tuple[UUID, ...] = ()
    seo_title: str = ""
    seo_description: str = ""
    videos: tuple[VideoFact, ...] = ()


def save_product(*, product_id: UUID, draft: ProductDraft, revision: int | None = None) -> None:
    """Create the product, or make it what the draft says; variants that are not in it go.

    With `revision`, only that revision is changed: raises StaleProduct if it is no longer the latest.
    """
    transact_unique("catalog", lambda: store_product(product_id=product_id, draft=draft, revision=revision))


def update_latest(product: Product, revision: int | None, **columns: Any) -> None:
    """Compare-and-set on the revision, inside the caller's transaction. Raises StaleProduct."""
    seen = product.revision if revision is None else revision
    latest = Product.objects.filter(pk=product.pk, revision=seen)
    if not latest.update(revision=seen + 1, updated_at=now(), **columns):
        raise StaleProduct(f"{product.name} was changed by somebody else.", revision=product.revision)


def store_product(*, product_id: UUID, draft: ProductDraft, revision: int | None = None) -> None:
    """What save_product does, inside the caller's transaction."""
    before = Product.objects.filter(pk=product_id).defer("card", "page").first()
    kind = _type_of(draft, before)
    columns = _columns(draft, kind, published=before is not None and before.status == Status.PUBLISHED)
    _check_slug(product_id, draft.slug)
    _stand(draft, before)
    if before is None:
        Product.objects.create(pk=product_id, **columns)
    else:
        update_latest(before, revision, **columns)
    take_slug(Product(pk=product_id, slug=draft.slug), before=before.slug if before else None)
    _save_tags(product_id, draft.tag_ids)
    if draft.variants is not None:
        save_variants(product_id, draft.variants, kind.options)
    elif before is not None and before.product_type_id != draft.product_type:
        check_standing_variants(product_id, kind.options)
    if before is not None and before.status == Status.PUBLISHED:  # of a draft nothing is shown
        check_sellable(product_id)
        render_product(product_id=product_id)


def _type_of(draft: ProductDraft, before: Product | None) -> TypeFacts:
    if draft.product_type is None:
        return NO_TYPE
    if before is None or before.product_type_id != draft.product_type:
        stand_on(ProductType, draft.product_type, "/product_type")
    return types_of([draft.product_type])[draft.product_type]


def _columns(draft: ProductDraft, kind: TypeFacts, *, published: bool) -> dict[str, Any]:
    values, errors = attribute_values(kind.attributes, draft.attributes)
    if published:
        wrong = {error.pointer for error in errors}
        errors += [error for error in missing_values(kind.attributes, values) if error.pointer not in wrong]
    if errors:
        raise Invalid("Some attributes are not what the product's type says.", errors=tuple(errors))
    if wrong_films := wrong_videos(draft.videos):
        raise Invalid("Some videos cannot be shown.", errors=tuple(wrong_films))
    return {
        "slug": draft.slug,
        "name": draft.name,
        "description": draft.description,
        "category_id": draft.category_id,
        "tax_class_id": draft.tax_class,
        "sort_name": sort_name(draft.name),
        "product_type_id": draft.product_type,
        "attributes": values,
        "brand_id": draft.brand_id,
        "seo_title": draft.seo_title,
        "seo_description": draft.seo_description,
        "videos": [video.kept() for video in draft.videos],
    }


def _check_slug(product_id: UUID, slug: str) -> None:
    if Product.objects.filter(slug=slug).exclude(pk=product_id).exists():
        detail = f"Another product has the slug {slug}."
        raise Taken(detail, errors=(FieldError("/slug", "taken", detail),))


def _stand(draft: ProductDraft, before: Product | None) -> None:
    if before is None or before.category_id != draft.category_id:
        stand_on(Category, draft.category_id, "/category")
    if draft.brand_id is not None and (before is None or before.brand_id != draft.brand_id):
        stand_on(Brand, draft.brand_id, "/brand")


def _save_tags(product_id: UUID, wanted: tuple[UUID, ...]) -> None:
    standing = set(ProductTag.objects.filter(product_id=product_id).order_by().values_list("tag_id", flat=True))
    if gone := standing - set(wanted):
        ProductTag.objects.filter(product_id=product_id, tag_id__in=gone).delete()
    fresh = sorted(set(wanted) - standing)
    for i, tag in enumerate(fresh):
        stand_on(Tag, tag, f"/tags/{i}")
    ProductTag.objects.bulk_create([ProductTag(pk=uuid7(), product_id=product_id, tag_id=tag) for tag in fresh])
