"""The variants of a product with their standing prices, written inside the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db.models import F

from apps.catalog.contracts import NotPublishable, Taken
from apps.catalog.models import DEFAULT_PRICE_LIST, MAIN_LOCATION, SINCE_EVER, Price, Stock, StockLocation, Variant
from apps.catalog.rules import OptionFact, combination
from shop.errors import FieldError, Invalid
from shop.ids import uuid7
from shop.money import Money


@dataclass(frozen=True, slots=True)
class VariantDraft:
    """One variant as it shall be. `prices` are the standing ones, at most one of each currency; None leaves them."""

    sku: str
    prices: tuple[Money, ...] | None
    options: Mapping[str, str] = field(default_factory=dict)
    variant_id: UUID | None = None
    """Of a new one, so that a repeat is known."""


def save_variants(product_id: UUID, drafts: tuple[VariantDraft, ...], declared: Sequence[OptionFact]) -> None:
    """Make the product's variants these, in this order. Raises Invalid or Taken with a pointer into them."""
    drafts = tuple(replace(d, options=ordered_options(d.options, declared)) for d in drafts)
    _check(drafts, declared)
    _check_skus(product_id, drafts)
    standing = {v.sku: v for v in Variant.objects.filter(product_id=product_id)}
    _remove([v for sku, v in standing.items() if sku not in {draft.sku for draft in drafts}])
    kept = [(standing[d.sku], d, i) for i, d in enumerate(drafts) if d.sku in standing]
    _change(kept)
    fresh = [
        Variant(
            pk=draft.variant_id or uuid7(),
            product_id=product_id,
            sku=draft.sku,
            options=dict(draft.options),
            combination=combination(draft.options),
            position=position,
        )
        for position, draft in enumerate(drafts)
        if draft.sku not in standing
    ]
    Variant.objects.bulk_create(fresh)
    ids = {v.sku: v.pk for v in [*standing.values(), *fresh]}
    save_standing_prices({ids[draft.sku]: draft.prices for draft in drafts if draft.prices is not None})
    ensure_stock_rows([draft.sku for draft in drafts])


def drafts_of(product_id: UUID) -> list[VariantDraft]:
    """The variants as they are, with their prices left alone."""
    rows = Variant.objects.filter(product_id=product_id).order_by("position", "sku")
    return [VariantDraft(sku, None, options) for sku, options in rows.values_list("sku", "options")]


def check_standing_variants(product_id: UUID, declared: Sequence[OptionFact]) -> None:
    """The product is to have another type: its variants must fit. Raises Invalid."""
    _check(drafts_of(product_id), declared)


def check_sellable(product_id: UUID) -> None:
    """A product on sale has a variant with a price, now or later. Raises NotPublishable."""
    variants = list(Variant.objects.filter(product_id=product_id).order_by().values_list("pk", flat=True))
    if not variants:
        raise _not_publishable("no_variant", "It has no variant.")
    if not Price.objects.filter(variant_id__in=variants, price_list_id=DEFAULT_PRICE_LIST).order_by().exists():
        raise _not_publishable("no_price", "No variant has a price.")


def _not_publishable(code: str, detail: str) -> NotPublishable:
    return NotPublishable(detail, errors=(FieldError("/variants", code, detail),))


def ensure_stock_rows(skus: Iterable[str]) -> None:
    """An empty shelf at the main location for every new SKU; at others when the first units come there."""
    skus = list(skus)
    main = StockLocation.objects.get(pk=MAIN_LOCATION)
    standing = set(Stock.objects.filter(sku__in=skus, location=main).values_list("sku", flat=True))
    Stock.objects.bulk_create([Stock(sku=sku, location=main, open=main.active) for sku in skus if sku not in standing])


def ordered_options(options: Mapping[str, str], declared: Sequence[OptionFact]) -> dict[str, str]:
    """The options in the order of the type: names of offers are made of them."""
    known = {option.code: options[option.code] for option in declared if option.code in options}
    return known | {code: value for code, value in options.items() if code not in known}


def check_options(options: Mapping[str, str], declared: Sequence[OptionFact], pointer: str) -> list[FieldError]:
    """What is wrong with one variant's options: with a type, each of its options and no other has one of its values."""
    known = {option.code: option.values for option in declared}
    errors = [
        FieldError(f"{pointer}/{code}", "unknown_option", "Its product type has no such option.")
        for code in sorted(options.keys() - known.keys())
    ]
    for code, values in known.items():
        if code not in options:
            errors.append(FieldError(f"{pointer}/{code}", "required", "Every variant states every option."))
        elif options[code] not in values:
            errors.append(FieldError(f"{pointer}/{code}", "not_a_choice", f"One of {', '.join(values)}."))
    return errors


def save_standing_prices(wanted: Mapping[UUID, tuple[Money, ...]]) -> None:
    """Make the standing prices of the default list what is wanted; scheduled ones stay as they are."""
    rows = Price.objects.filter(variant_id__in=list(wanted), price_list_id=DEFAULT_PRICE_LIST, valid_from=SINCE_EVER)
    standing = {(row.variant_id, row.currency): row for row in rows}
    amounts = {(variant, price.currency): price.amount for variant, prices in wanted.items() for price in prices}
    changed = {key for key, row in standing.items() if key in amounts and amounts[key] != row.amount_minor}
    for key in changed:
        Price.objects.filter(pk=standing[key].pk).update(amount_minor=amounts[key])
    gone = [row.pk for key, row in standing.items() if key not in amounts]
    if gone:
        Price.objects.filter(pk__in=gone).delete()
    fresh = [key for key in amounts if key not in standing]
    Price.objects.bulk_create(
        [
            Price(variant_id=key[0], price_list_id=DEFAULT_PRICE_LIST, currency=key[1], amount_minor=amounts[key])
            for key in fresh
        ]
    )
    moved = {key[0] for key in (*changed, *fresh, *(key for key in standing if key not in amounts))}
    if moved:
        Variant.objects.filter(pk__in=moved).update(price_revision=F("price_revision") + 1)


def check_prices(prices: Sequence[Money], pointer: str) -> list[FieldError]:
    """What is wrong with standing prices."""
    errors = []
    if len({price.currency for price in prices}) != len(prices):
        errors.append(FieldError(pointer, "twice", "A currency comes twice."))
    if any(price.amount < 0 for price in prices):
        errors.append(FieldError(pointer, "negative", "A price is never below zero."))
    return errors


def _check(drafts: Sequence[VariantDraft], declared: Sequence[OptionFact]) -> None:
    errors: list[FieldError] = []
    skus: set[str] = set()
    combinations: set[str] = set()
    names = {frozenset(draft.options) for draft in drafts}
    for i, draft in enumerate(drafts):
        if draft.sku in skus:
            errors.append(FieldError(f"/variants/{i}/sku", "twice", "A SKU names one variant."))
        if combination(draft.options) in combinations:
            errors.append(FieldError(f"/variants/{i}/options", "twice", "Another variant has these options."))
        skus.add(draft.sku)
        combinations.add(combination(draft.options))
        errors += check_prices(draft.prices or (), f"/variants/{i}/prices")
        if declared:
            errors += check_options(draft.options, declared, f"/variants/{i}/options")
    if not declared and len(names) > 1:
        errors.append(FieldError("/variants", "different_options", "All variants state the same options."))
    if errors:
        raise Invalid("Some variants cannot be so.", errors=tuple(errors))


def _check_skus(product_id: UUID, drafts: Sequence[VariantDraft]) -> None:
    skus = [draft.sku for draft in drafts]
    taken = set(Variant.objects.filter(sku__in=skus).exclude(product_id=product_id).values_list("sku", flat=True))
    errors = tuple(
        FieldError(f"/variants/{i}/sku", "taken", f"Another product has the SKU {sku}.")
        for i, sku in enumerate(skus)
        if sku in taken
    )
    if errors:
        raise Taken(errors[0].detail, errors=errors)


def _remove(gone: Sequence[Variant]) -> None:
    if gone:
        Stock.objects.filter(sku__in=[variant.sku for variant in gone]).update(sellable=False)
        Variant.objects.filter(pk__in=[variant.pk for variant in gone]).delete()


def _change(kept: Sequence[tuple[Variant, VariantDraft, int]]) -> None:
    """New options step aside first: two variants may exchange theirs, and each combination is there once."""
    others = [(variant, draft) for variant, draft, _ in kept if variant.combination != combination(draft.options)]
    if len(others) > 1:
        for variant, _ in others:
            Variant.objects.filter(pk=variant.pk).update(combination=f"~{variant.pk.hex}")
    for variant, draft, position in kept:
        wanted = (list(draft.options.items()), combination(draft.options), position)
        if (list(variant.options.items()), variant.combination, variant.position) != wanted:
            Variant.objects.filter(pk=variant.pk).update(
                options=dict(draft.options), combination=combination(draft.options), position=position
            )
