"""A change that many products show: noted with the change, followed by a job in small transactions."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from apps.catalog.models import Product, ProductTag, Ripple
from shop.db import transact
from shop.jobs import JOBS, wake

from .render_product import render_each


def start_ripple(of: Ripple.Of, targets: Collection[Any]) -> None:
    """Inside the transaction of the change: its products' documents will follow, however many they are."""
    Ripple.objects.bulk_create([Ripple(of=of, target=str(target)) for target in targets])
    wake(JOBS["catalog.follow_ripples"])


def follow_ripples(*, limit: int) -> int:
    """Render the next products of the oldest ripple; how many those were, at least 1 while there are ripples."""
    ripple = Ripple.objects.order_by("id").first()
    if ripple is None:
        return 0
    product_ids = _next(ripple, limit)
    render_each(product_ids)
    transact("catalog", lambda: _move_on(ripple, product_ids, limit))
    return max(1, len(product_ids))


def _next(ripple: Ripple, limit: int) -> list[UUID]:
    """In the order of their ids, from an index of what they belong to."""
    if ripple.of == Ripple.Of.TAG:
        tagged = ProductTag.objects.filter(tag_id=ripple.target, product_id__gt=ripple.after).order_by("product_id")
        return list(tagged.values_list("product_id", flat=True)[:limit])
    rows = Product.objects.filter(**{f"{ripple.of}_id": ripple.target}, pk__gt=ripple.after).order_by("pk")
    return list(rows.values_list("pk", flat=True)[:limit])


def _move_on(ripple: Ripple, product_ids: list[UUID], limit: int) -> None:
    """Compare-and-set: of two workers one moves it, and the other only rendered in vain."""
    mine = Ripple.objects.filter(pk=ripple.pk, after=ripple.after)
    if len(product_ids) < limit:
        mine.delete()
    else:
        mine.update(after=product_ids[-1])
