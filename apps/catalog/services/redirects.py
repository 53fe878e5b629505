"""Old slugs: left behind by who changes its slug, removed by who takes it."""

from __future__ import annotations

from typing import Literal

from apps.catalog.models import Category, Product, Redirect
from apps.catalog.rules import redirect_path


def take_slug(owner: Product | Category, *, before: str | None) -> None:
    """`owner` is now found at its slug, and no more at the one `before`. Inside the caller's transaction.

    Its new slug leads nowhere else: a product that takes an old slug wins. Its old one leads to it, as do all older
    ones, because a redirect points at the row.
    """
    if owner.slug == before:
        return
    kind: Literal["products", "categories"] = "products" if isinstance(owner, Product) else "categories"
    Redirect.objects.filter(pk=redirect_path(kind, owner.slug)).delete()
    if before is None:
        return
    path = redirect_path(kind, before)
    target = {
        "product": owner if isinstance(owner, Product) else None,
        "category": owner if isinstance(owner, Category) else None,
    }
    if not Redirect.objects.filter(pk=path).update(**target):
        Redirect.objects.create(path=path, **target)
