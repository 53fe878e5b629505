"""Use case: a merchandiser makes, changes or removes a brand or a tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from apps.catalog.contracts import BrandNotFound, Stale, StillUsed, TagNotFound, Taken
from apps.catalog.models import Brand, Product, ProductTag, Ripple, Tag
from shop.db import transact
from shop.errors import FieldError

from .ripples import start_ripple
from .standing import remove_if_untouched
from .unique import transact_unique

Label = type[Brand] | type[Tag]


def create_label(model: Label, *, label_id: UUID, columns: Mapping[str, Any]) -> None:
    """A new brand or tag. Repeating with the same id changes nothing."""

    def create() -> None:
        if not model.objects.filter(pk=label_id).exists():
            _check_free(model, label_id, columns["slug"])
            model.objects.create(pk=label_id, **columns)

    transact_unique("catalog", create)


def change_label(model: Label, *, label_id: UUID, columns: Mapping[str, Any], revision: int | None = None) -> None:
    """Other words for it; the documents of its products follow by a job. Raises Stale for another `revision`."""

    def change() -> None:
        label = _get(model, label_id)
        _check_free(model, label_id, columns.get("slug", label.slug))
        seen = label.revision if revision is None else revision
        if not model.objects.filter(pk=label_id, revision=seen).update(revision=seen + 1, **columns):
            raise Stale(f"{label.name} was changed by somebody else.", revision=label.revision)
        if any(columns.get(name, getattr(label, name)) != getattr(label, name) for name in ("slug", "name")):
            start_ripple(Ripple.Of.BRAND if model is Brand else Ripple.Of.TAG, [label_id])

    transact_unique("catalog", change)


def delete_label(model: Label, *, label_id: UUID, revision: int | None = None) -> None:
    """Remove a brand or tag that no product has: raises StillUsed for another, and Stale as change_label does."""

    def delete() -> None:
        label = _get(model, label_id)
        if revision not in (None, label.revision):
            raise Stale(f"{label.name} was changed by somebody else.", revision=label.revision)
        used: Any = (
            Product.objects.filter(brand_id=label_id) if model is Brand else ProductTag.objects.filter(tag_id=label_id)
        )
        if used.order_by().exists() or not remove_if_untouched(label):
            raise StillUsed(f"Products still have {label.name}.")

    transact("catalog", delete)


def _get(model: Label, label_id: UUID) -> Brand | Tag:
    label = model.objects.filter(pk=label_id).first()
    if label is None:
        raise (BrandNotFound if model is Brand else TagNotFound)("There is nothing with this id.")
    return label


def _check_free(model: Label, label_id: UUID, slug: str) -> None:
    if model.objects.filter(slug=slug).exclude(pk=label_id).exists():
        detail = f"The slug {slug} is taken."
        raise Taken(detail, errors=(FieldError("/slug", "taken", detail),))
