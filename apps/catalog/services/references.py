"""From the slugs that people write to the rows that they mean; a slug that means nothing is told by its pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from apps.catalog.models import Brand, Category, Product, Tag, TaxClass
from apps.catalog.rules import videos_of
from shop.errors import FieldError, Invalid


def resolved(body: Mapping[str, Any]) -> dict[str, Any]:
    """A product's fields with `category`, `brand` and `tags` as ids and a tax class that is there."""
    fields = dict(body)
    errors: list[FieldError] = []
    if "category" in fields:
        fields["category_id"] = _one(Category, fields.pop("category"), "/category", errors)
    if "brand" in fields:
        slug = fields.pop("brand")
        fields["brand_id"] = None if slug is None else _one(Brand, slug, "/brand", errors)
    if "tags" in fields:
        fields["tag_ids"] = _tags(fields.pop("tags"), errors)
    if "tax_class" in fields and not TaxClass.objects.filter(pk=fields["tax_class"]).exists():
        errors.append(FieldError("/tax_class", "unknown", "There is no such tax class."))
    if "videos" in fields:
        fields["videos"] = videos_of(fields["videos"])
    if errors:
        raise Invalid("It refers to what is not there.", errors=tuple(errors))
    return fields


def fields_of(product: Product, tags: Sequence[UUID]) -> dict[str, Any]:
    """What a product is now, by the names of a ProductDraft."""
    return {
        "slug": product.slug,
        "name": product.name,
        "description": product.description,
        "category_id": product.category_id,
        "tax_class": product.tax_class_id,
        "product_type": product.product_type_id,
        "attributes": product.attributes,
        "brand_id": product.brand_id,
        "tag_ids": tuple(tags),
        "seo_title": product.seo_title,
        "seo_description": product.seo_description,
        "videos": videos_of(product.videos),
    }


def _one(model: type[Category | Brand], slug: str, pointer: str, errors: list[FieldError]) -> UUID | None:
    found: UUID | None = model.objects.filter(slug=slug).order_by().values_list("pk", flat=True).first()
    if found is None:
        errors.append(FieldError(pointer, "unknown", f"There is no {slug}."))
    return found


def _tags(slugs: Sequence[str], errors: list[FieldError]) -> tuple[UUID, ...]:
    known = dict(Tag.objects.filter(slug__in=slugs).order_by().values_list("slug", "pk"))
    errors += [
        FieldError(f"/tags/{i}", "unknown", f"There is no tag {slug}.")
        for i, slug in enumerate(slugs)
        if slug not in known
    ]
    return tuple(known[slug] for slug in dict.fromkeys(slugs) if slug in known)
