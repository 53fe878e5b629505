"""Use case: a merchandiser makes, renames or moves a category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from apps.catalog.contracts import CategoryNotFound, Stale, StillUsed, Taken
from apps.catalog.models import Category, Product, Ripple, Tree
from apps.catalog.models.category import MAX_DEPTH
from shop.db import transact
from shop.errors import FieldError, Invalid
from shop.ids import uuid7

from .redirects import take_slug
from .ripples import start_ripple
from .standing import remove_if_untouched
from .unique import transact_unique

PATHS_AT_ONCE = 200


@dataclass(frozen=True, slots=True)
class CategoryDraft:
    """A category as it shall be."""

    slug: str
    name: str
    parent_id: UUID | None = None
    position: int = 0
    description: str = ""
    seo_title: str = ""
    seo_description: str = ""


def save_category(*, category_id: UUID, draft: CategoryDraft, revision: int | None = None) -> None:
    """Create the category or make it what the draft says. Documents that show it follow by a job.

    With `revision`, only that revision is changed: raises Stale if it is no longer the latest.
    """

    def save() -> None:
        category = Category.objects.filter(pk=category_id).first()
        if category is None or category.parent_id != draft.parent_id:
            _take_turn()
        parent = _parent(draft)
        _check(category_id, category, draft, parent)
        if category is None:
            _create(category_id, draft, parent)
        else:
            _change(category, draft, parent, revision)

    transact_unique("catalog", save)


def delete_category(*, category_id: UUID, revision: int | None = None) -> None:
    """Remove an empty category. Raises StillUsed for another, and Stale as save_category does."""

    def delete() -> None:
        _take_turn()
        category = Category.objects.filter(pk=category_id).first()
        if category is None:
            raise CategoryNotFound("There is no such category.", category_id=str(category_id))
        if revision not in (None, category.revision):
            raise Stale(f"{category.name} was changed by somebody else.", revision=category.revision)
        if (
            Category.objects.filter(parent_id=category_id).exists()
            or Product.objects.filter(category_id=category_id).exists()
            or not remove_if_untouched(category)
        ):
            raise StillUsed("Only a category without products and sub-categories can be removed.")

    transact("catalog", delete)


def _take_turn() -> None:
    """Whoever changes the tree's shape writes this row, so that what was read of the tree stays true."""
    if not Tree.objects.filter(pk=Tree.ONLY).update(turn=uuid7()):
        Tree.objects.create()


def _parent(draft: CategoryDraft) -> Category | None:
    if draft.parent_id is None:
        return None
    parent = Category.objects.filter(pk=draft.parent_id).first()
    if parent is None:
        raise CategoryNotFound("There is no such parent.", category_id=str(draft.parent_id))
    return parent


def _check(category_id: UUID, category: Category | None, draft: CategoryDraft, parent: Category | None) -> None:
    if Category.objects.filter(slug=draft.slug).exclude(pk=category_id).exists():
        detail = f"Another category has the slug {draft.slug}."
        raise Taken(detail, errors=(FieldError("/slug", "taken", detail),))
    if parent is None or (category is not None and category.parent_id == parent.pk):
        return
    if category_id in parent.line():
        raise _wrong("/parent", "cycle", "A category cannot stand below itself.")
    if parent.depth + _height(category) > MAX_DEPTH:
        raise _wrong("/parent", "too_deep", f"The tree has at most {MAX_DEPTH} levels.")


def _height(category: Category | None) -> int:
    """How many levels the category and what is below it take: 1 for a new one."""
    if category is None:
        return 1
    longest = max(map(len, category.subtree().order_by().values_list("path", flat=True)))
    return (longest - len(category.path)) // (len(category.pk.hex) + 1) + 1


def _wrong(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=(FieldError(pointer, code, detail),))


def _columns(draft: CategoryDraft, parent: Category | None) -> dict[str, Any]:
    return {
        "slug": draft.slug,
        "name": draft.name,
        "parent": parent,
        "position": draft.position,
        "description": draft.description,
        "seo_title": draft.seo_title,
        "seo_description": draft.seo_description,
    }


def _create(category_id: UUID, draft: CategoryDraft, parent: Category | None) -> None:
    category = Category(pk=category_id, **_columns(draft, parent))
    category.path = category.path_under(parent)
    category.save(force_insert=True)
    take_slug(category, before=None)


def _change(category: Category, draft: CategoryDraft, parent: Category | None, revision: int | None) -> None:
    seen = category.revision if revision is None else revision
    latest = Category.objects.filter(pk=category.pk, revision=seen)
    if not latest.update(revision=seen + 1, **_columns(draft, parent)):
        raise Stale(f"{category.name} was changed by somebody else.", revision=category.revision)
    take_slug(Category(pk=category.pk, slug=draft.slug), before=category.slug)
    path = category.path_under(parent)
    if (category.slug, category.name, category.path) == (draft.slug, draft.name, path):
        return
    below = list(category.subtree().only("pk", "path"))
    start_ripple(Ripple.Of.CATEGORY, [node.pk for node in below])
    if path != category.path:
        _move(below, category.path, path)


def _move(below: list[Category], before: str, path: str) -> None:
    """Give the node and everything below it their new paths: one statement for hundreds of them."""
    for node in below:
        node.path = path + node.path.removeprefix(before)
    Category.objects.bulk_update(below, ["path"], batch_size=PATHS_AT_ONCE)
