"""Use case: a merchandiser makes a category by the slug of its parent, or changes some of what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.catalog.models import Category
from apps.catalog.queries import category_of_slug
from shop.errors import FieldError, Invalid

from .save_category import CategoryDraft, save_category

FIELDS = ("slug", "name", "parent_id", "position", "description", "seo_title", "seo_description")


def create_category(*, category_id: UUID, body: Mapping[str, Any]) -> Category:
    """A new category. Repeating with the same id changes nothing."""
    if not Category.objects.filter(pk=category_id).exists():
        save_category(category_id=category_id, draft=CategoryDraft(**_resolved(body)))
    return Category.objects.get(pk=category_id)


def edit_category(*, slug: str, changes: Mapping[str, Any], revision: int | None = None) -> Category:
    """What `changes` name becomes so, the rest stays. Never overwrites a change that came between."""
    category = category_of_slug(slug)
    fields = {name: getattr(category, name) for name in FIELDS} | _resolved(changes)
    save_category(
        category_id=category.pk,
        draft=CategoryDraft(**fields),
        revision=category.revision if revision is None else revision,
    )
    return Category.objects.get(pk=category.pk)


def _resolved(body: Mapping[str, Any]) -> dict[str, Any]:
    fields = dict(body)
    if "parent" in fields:
        slug = fields.pop("parent")
        parent = Category.objects.filter(slug=slug).first() if slug is not None else None
        if slug is not None and parent is None:
            detail = f"There is no category {slug}."
            raise Invalid(detail, errors=(FieldError("/parent", "unknown", detail),))
        fields["parent_id"] = parent.pk if parent else None
    return fields
