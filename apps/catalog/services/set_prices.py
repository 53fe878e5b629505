"""Use case: a merchandiser says what a variant costs, always and for a while."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.catalog.contracts import Stale
from apps.catalog.models import DEFAULT_PRICE_LIST, Price, Product, Status, Variant
from apps.catalog.queries import variant_of
from apps.catalog.rules import PriceFact
from shop.clock import now
from shop.db import transact
from shop.errors import FieldError, Invalid
from shop.money import Money

from .render_product import render_product
from .variants import check_prices, check_sellable


@dataclass(frozen=True, slots=True)
class Sale:
    """A price for a while: from its start (without one: from now on) to just before its end."""

    price: Money
    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PriceSchedule:
    """All prices of one variant. Where sales overlap, the one that started last counts."""

    standing: tuple[Money, ...]
    sales: tuple[Sale, ...] = ()


def set_prices(*, slug: str, sku: str, schedule: PriceSchedule, revision: int | None) -> Variant:
    """Make the variant's prices exactly these. Raises Stale unless `revision` is the latest of its prices."""
    rows = _rows(schedule, now())

    def save() -> Variant:
        variant = variant_of(slug=slug, sku=sku)
        seen = variant.price_revision if revision is None else revision
        latest = Variant.objects.filter(pk=variant.pk, price_revision=seen)
        if not latest.update(price_revision=seen + 1):
            raise Stale(f"The prices of {sku} were changed by somebody else.", revision=variant.price_revision)
        _replace(variant.pk, rows)
        if Product.objects.filter(pk=variant.product_id, status=Status.PUBLISHED).order_by().exists():
            check_sellable(variant.product_id)
        render_product(product_id=variant.product_id)
        return Variant.objects.get(pk=variant.pk)

    return transact("catalog", save)


def _rows(schedule: PriceSchedule, at: datetime) -> list[PriceFact]:
    errors = check_prices(schedule.standing, "/standing")
    rows = [PriceFact(price.currency, price.amount) for price in schedule.standing]
    known = {(row.currency, row.valid_from) for row in rows}
    for i, sale in enumerate(schedule.sales):
        start = to_the_millisecond(sale.starts_at or at.replace(microsecond=0))
        end = to_the_millisecond(sale.ends_at) if sale.ends_at else None
        if end is not None and end <= start:
            errors.append(FieldError(f"/sales/{i}/ends_at", "before_start", "A sale ends after it starts."))
        if (sale.price.currency, start) in known:
            errors.append(FieldError(f"/sales/{i}/starts_at", "twice", "Another sale in this currency starts then."))
        errors += check_prices([sale.price], f"/sales/{i}/price")
        known.add((sale.price.currency, start))
        rows.append(PriceFact(sale.price.currency, sale.price.amount, start, end))
    if errors:
        raise Invalid("The prices cannot be so.", errors=tuple(errors))
    return rows


def to_the_millisecond(at: datetime) -> datetime:
    """As every engine keeps it."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _replace(variant_id: UUID, wanted: Sequence[PriceFact]) -> None:
    """A row stays the row of its currency and start; nothing is written that is so already."""
    rows = Price.objects.filter(variant_id=variant_id, price_list_id=DEFAULT_PRICE_LIST)
    standing = {(row.currency, row.valid_from): row for row in rows}
    keys = {(fact.currency, fact.valid_from) for fact in wanted}
    gone = [row.pk for key, row in standing.items() if key not in keys]
    if gone:
        Price.objects.filter(pk__in=gone).delete()
    fresh = []
    for fact in wanted:
        row = standing.get((fact.currency, fact.valid_from))
        columns = {"amount_minor": fact.amount, "valid_until": fact.valid_until}
        if row is None:
            fresh.append(_row(variant_id, fact))
        elif (row.amount_minor, row.valid_until) != (fact.amount, fact.valid_until):
            Price.objects.filter(pk=row.pk).update(**columns)
    Price.objects.bulk_create(fresh)


def _row(variant_id: UUID, fact: PriceFact) -> Price:
    return Price(
        variant_id=variant_id,
        price_list_id=DEFAULT_PRICE_LIST,
        currency=fact.currency,
        amount_minor=fact.amount,
        valid_from=fact.valid_from,
        valid_until=fact.valid_until,
    )
