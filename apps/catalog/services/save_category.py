"""Use case: a merchandiser makes, renames or moves a category."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from apps.catalog.contracts import CategoryNotFound
from apps.catalog.models import Category, Product
from apps.catalog.models.category import MAX_DEPTH
from shop.clock import now
from shop.db import transact
from shop.errors import FieldError, Invalid


@dataclass(frozen=True, slots=True)
class CategoryDraft:
    """A category as it shall be."""

    slug: str
    name: str
    parent_id: UUID | None = None
    position: int = 0


def save_category(*, category_id: UUID, draft: CategoryDraft) -> None:
    """Create the category or make it what the draft says. Documents that show it follow by a job."""

    def save() -> None:
        category = Category.objects.filter(pk=category_id).first()
        parent = _parent(draft)
        _check(category_id, draft, parent)
        if category is None:
            category = Category(
                pk=category_id, slug=draft.slug, name=draft.name, position=draft.position, parent=parent
            )
            category.path = category.path_under(parent)
            category.save(force_insert=True)
            return
        below = list(category.subtree())
        Category.objects.filter(pk=category_id).update(
            slug=draft.slug, name=draft.name, position=draft.position, parent=parent
        )
        _move(category, below, category.path_under(parent))
        Product.objects.filter(category_id__in=[node.pk for node in below]).update(render_due=now())

    transact("catalog", save)


def delete_category(*, category_id: UUID) -> None:
    """Remove an empty category."""

    def delete() -> None:
        if (
            Category.objects.filter(parent_id=category_id).exists()
            or Product.objects.filter(category_id=category_id).exists()
        ):
            raise Invalid("Only a category without products and sub-categories can be removed.")
        Category.objects.filter(pk=category_id).delete()

    transact("catalog", delete)


def _parent(draft: CategoryDraft) -> Category | None:
    if draft.parent_id is None:
        return None
    parent = Category.objects.filter(pk=draft.parent_id).first()
    if parent is None:
        raise CategoryNotFound("There is no such parent.", category_id=str(draft.parent_id))
    return parent


def _check(category_id: UUID, draft: CategoryDraft, parent: Category | None) -> None:
    if Category.objects.filter(slug=draft.slug).exclude(pk=category_id).exists():
        raise _wrong("/slug", "taken", f"Another category has the slug {draft.slug}.")
    if parent and category_id in parent.line():
        raise _wrong("/parent", "cycle", "A category cannot stand below itself.")
    if parent and parent.depth + _height(category_id) > MAX_DEPTH:
        raise _wrong("/parent", "too_deep", f"The tree has at most {MAX_DEPTH} levels.")


def _height(category_id: UUID) -> int:
    """How many levels the category and what is below it take: 1 for a new one."""
    category = Category.objects.filter(pk=category_id).first()
    return 1 if category is None else max(node.depth for node in category.subtree()) - category.depth + 1


def _wrong(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=(FieldError(pointer, code, detail),))


def _move(category: Category, below: list[Category], path: str) -> None:
    """Give the node and everything below it their new paths."""
    if path == category.path:
        return
    for node in below:
        Category.objects.filter(pk=node.pk).update(path=path + node.path.removeprefix(category.path))
