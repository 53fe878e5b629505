"""Use case: make a product's documents anew, in the transaction that changes what they show."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from apps.catalog.models import Category, Product, ShelfRow, Status, Stock, Variant
from apps.catalog.rules import Documents, documents
from shop.clock import now
from shop.db import transact
from shop.db.bulk import new
from shop.errors import Unavailable
from shop.ids import uuid7

from .gather import Gathered, gather

logger = logging.getLogger(__name__)

_NOTHING = Documents(card="", page="", etag="", available=False, offers={}, due=None)


def render_product(*, product_id: UUID) -> None:
    """Documents, offers and shelf rows of one product."""
    render_products(product_ids=[product_id])


def render_products(*, product_ids: Collection[UUID]) -> None:
    """The same for several products, in one transaction. Joins the caller's, if there is one."""
    transact("catalog", lambda: _render(product_ids))


def render_due_products(*, limit: int) -> int:
    """Render what a price made stale by starting or ending; how many products that were."""
    due = Product.objects.filter(render_due__lte=now()).order_by("render_due")
    return render_each(list(due.values_list("pk", flat=True)[:limit]))


def render_each(product_ids: Collection[UUID]) -> int:
    """All in one transaction, or each alone if one of them cannot be rendered; how many were."""
    try:
        render_products(product_ids=product_ids)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001  # it is asked again, alone, and logged then
        # One of them cannot be rendered; the others must not wait for it for ever.
        return sum(_try(product_id) for product_id in product_ids)
    return len(product_ids)


def _try(product_id: UUID) -> bool:
    try:
        render_product(product_id=product_id)
    except Exception:
        logger.exception("Product %s cannot be rendered", product_id)
        return False
    return True


def _render(product_ids: Collection[UUID]) -> None:
    at = now()
    found = gather(product_ids)
    again = [one.product.pk for one in found if not _store(one, at)]
    _set_shelves([one for one in found if one.product.pk not in again])
    if again:
        _render(again)


def _store(one: Gathered, at: datetime) -> bool:
    """Keep the documents, unless somebody rendered the product since it was read: then look again."""
    published = one.product.status == Status.PUBLISHED
    made = documents(one.facts, at) if published else _NOTHING
    mine = Product.objects.filter(pk=one.product.pk, changed=one.product.changed)
    if not mine.update(
        card=made.card,
        page=made.page,
        page_etag=page_etag(one.product.revision, made.etag),
        available=made.available,
        render_due=made.due,
        changed=uuid7(),
    ):
        return False
    for variant in one.variants:
        offer = made.offers.get(variant.sku, "")
        if variant.offer != offer:
            Variant.objects.filter(pk=variant.pk).update(offer=offer)
    skus = [variant.sku for variant in one.variants]
    Stock.objects.filter(sku__in=skus, sellable=not published).update(sellable=published)
    return True


def page_etag(revision: int, digest: str) -> str:
    """Of the page's bytes, and good for If-Match: it names the revision that they show."""
    return f"r{revision}-{digest}" if digest else ""


def _set_shelves(found: list[Gathered]) -> None:
    """One row per ancestor category of each published product; none for a draft."""
    standing: dict[UUID, dict[UUID, ShelfRow]] = {one.product.pk: {} for one in found}
    for row in ShelfRow.objects.filter(product_id__in=list(standing)):
        standing[row.product_id][row.category_id] = row
    fresh: list[ShelfRow] = []
    stale: list[UUID] = []
    for one in found:
        published = one.product.status == Status.PUBLISHED
        wanted = {row.category_id: row for row in shelf_rows(one.product, one.trail)} if published else {}
        there = standing[one.product.pk]
        keep = {key for key, row in there.items() if key in wanted and _same(row, wanted[key])}
        stale += [row.pk for key, row in there.items() if key not in keep]
        fresh += [row for key, row in wanted.items() if key not in keep]
    if stale:
        ShelfRow.objects.filter(pk__in=stale).delete()
    ShelfRow.objects.bulk_create(fresh)


def shelf_rows(product: Product, trail: Collection[Category]) -> list[ShelfRow]:
    """The rows under which a published product is listed."""
    return [
        new(
            ShelfRow,
            category_id=category.pk,
            product_id=product.pk,
            shelved=product.shelved,
            sort_name=product.sort_name,
        )
        for category in trail
    ]


def _same(a: ShelfRow, b: ShelfRow) -> bool:
    return (a.shelved, a.sort_name) == (b.shelved, b.sort_name)
