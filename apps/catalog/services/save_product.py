"""Use case: a merchandiser makes or changes a product with its variants and prices."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from apps.catalog.contracts import StaleProduct
from apps.catalog.models import DEFAULT_PRICE_LIST, SINCE_EVER, Price, Product, Stock, StockLocation, Variant
from apps.catalog.rules import sort_name
from shop.clock import now
from shop.db import transact
from shop.errors import FieldError, Invalid
from shop.money import Money

from .render_product import render_product


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """One variant as it shall be. `prices` are the standing ones, at most one of each currency."""

    sku: str
    prices: tuple[Money, ...]
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProductDraft:
    """A product as it shall be; variants in the order in which they are shown."""

    slug: str
    name: str
    category_id: UUID
    variants: tuple[VariantDraft, ...]
    description: str = ""
    tax_class: str = "standard"


def save_product(*, product_id: UUID, draft: ProductDraft, revision: int | None = None) -> None:
    """Create the product, or make it what the draft says; variants that are not in it go.

    With `revision`, only that revision is changed: raises StaleProduct if it is no longer the latest.
    """
    _check(draft)

    def save() -> None:
        product = Product.objects.filter(pk=product_id).first()
        _check_free(product_id, draft)
        if product is None:
            Product.objects.create(pk=product_id, **_columns(draft))
        else:
            _change(product, draft, revision)
        _save_variants(product_id, draft.variants)
        ensure_stock_rows([variant.sku for variant in draft.variants])
        render_product(product_id=product_id)

    transact("catalog", save)


def ensure_stock_rows(skus: Iterable[str]) -> None:
    """An empty shelf for every new SKU at every location, so that stock changes are plain updates."""
    skus = list(skus)
    standing = set(Stock.objects.filter(sku__in=skus).values_list("sku", "location_id"))
    places = StockLocation.objects.values_list("code", flat=True)
    wanted = [(sku, place) for place in places for sku in skus]
    Stock.objects.bulk_create(
        [Stock(sku=sku, location_id=place) for sku, place in wanted if (sku, place) not in standing]
    )


def _check(draft: ProductDraft) -> None:
    skus = [variant.sku for variant in draft.variants]
    if len(set(skus)) != len(skus):
        raise Invalid("A SKU names one variant.", errors=(FieldError("/variants", "twice", "A SKU comes twice."),))
    for i, variant in enumerate(draft.variants):
        if len({price.currency for price in variant.prices}) != len(variant.prices):
            raise _wrong(f"/variants/{i}/prices", "twice", "A currency comes twice.")
        if any(price.amount < 0 for price in variant.prices):
            raise _wrong(f"/variants/{i}/prices", "negative", "A price is never below zero.")


def _check_free(product_id: UUID, draft: ProductDraft) -> None:
    if Product.objects.filter(slug=draft.slug).exclude(pk=product_id).exists():
        raise _wrong("/slug", "taken", f"Another product has the slug {draft.slug}.")
    skus = [variant.sku for variant in draft.variants]
    taken = Variant.objects.filter(sku__in=skus).exclude(product_id=product_id).values_list("sku", flat=True)
    if foreign := sorted(taken):
        raise _wrong("/variants", "taken", f"Another product has the SKU {foreign[0]}.")


def _wrong(pointer: str, code: str, detail: str) -> Invalid:
    return Invalid(detail, errors=(FieldError(pointer, code, detail),))


def _columns(draft: ProductDraft) -> dict[str, object]:
    return {
        "slug": draft.slug,
        "name": draft.name,
        "description": draft.description,
        "category_id": draft.category_id,
        "tax_class_id": draft.tax_class,
        "sort_name": sort_name(draft.name),
    }


def _change(product: Product, draft: ProductDraft, revision: int | None) -> None:
    seen = product.revision if revision is None else revision
    latest = Product.objects.filter(pk=product.pk, revision=seen)
    if not latest.update(revision=seen + 1, updated_at=now(), **_columns(draft)):
        raise StaleProduct(f"{product.name} was changed by somebody else.", revision=product.revision)


def _save_variants(product_id: UUID, drafts: tuple[VariantDraft, ...]) -> None:
    standing = {v.sku: v for v in Variant.objects.filter(product_id=product_id)}
    gone = standing.keys() - {draft.sku for draft in drafts}
    if gone:
        Stock.objects.filter(sku__in=gone).update(sellable=False)
        Variant.objects.filter(pk__in=[standing[sku].pk for sku in gone]).delete()
    fresh = [
        Variant(product_id=product_id, sku=draft.sku, options=dict(draft.options), position=position)
        for position, draft in enumerate(drafts)
        if draft.sku not in standing
    ]
    Variant.objects.bulk_create(fresh)
    for position, draft in enumerate(drafts):
        if draft.sku in standing:
            _change_variant(standing[draft.sku], draft, position)
    ids = {v.sku: v.pk for v in [*standing.values(), *fresh]}
    _save_prices({ids[draft.sku]: draft.prices for draft in drafts})


def _change_variant(variant: Variant, draft: VariantDraft, position: int) -> None:
    if (variant.options, variant.position) != (dict(draft.options), position):
        Variant.objects.filter(pk=variant.pk).update(options=dict(draft.options), position=position)


def _save_prices(wanted: Mapping[UUID, tuple[Money, ...]]) -> None:
    """Make the standing prices of the default list what is wanted; scheduled ones stay as they are."""
    rows = Price.objects.filter(variant_id__in=list(wanted), price_list_id=DEFAULT_PRICE_LIST, valid_from=SINCE_EVER)
    standing = {(row.variant_id, row.currency): row for row in rows}
    amounts = {(variant, price.currency): price.amount for variant, prices in wanted.items() for price in prices}
    for key, row in standing.items():
        if key in amounts and amounts[key] != row.amount_minor:
            Price.objects.filter(pk=row.pk).update(amount_minor=amounts[key])
    gone = [row.pk for key, row in standing.items() if key not in amounts]
    if gone:
        Price.objects.filter(pk__in=gone).delete()
    Price.objects.bulk_create(
        [
            Price(variant_id=variant, price_list_id=DEFAULT_PRICE_LIST, currency=currency, amount_minor=amount)
            for (variant, currency), amount in amounts.items()
            if (variant, currency) not in standing
        ]
    )
