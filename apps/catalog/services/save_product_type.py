"""Use case: a merchandiser says which attributes describe a kind of product and which options its variants have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from apps.catalog.contracts import ProductTypeNotFound, Stale, StillUsed, Taken
from apps.catalog.models import Attribute, Option, Product, ProductType, Ripple
from apps.catalog.rules import AttributeRule, Kind, OptionFact
from shop.db import transact
from shop.errors import FieldError, Invalid
from shop.ids import uuid7

from .ripples import start_ripple
from .standing import remove_if_untouched
from .surroundings import TypeFacts, types_of
from .unique import transact_unique

CHOICES = (Kind.CHOICE, Kind.MULTI_CHOICE)


@dataclass(frozen=True, slots=True)
class TypeDraft:
    """A product type as it shall be; attributes and options in the order in which they are shown."""

    code: str
    name: str
    attributes: tuple[AttributeRule, ...] = ()
    options: tuple[OptionFact, ...] = ()


def create_product_type(*, operation_id: UUID, draft: TypeDraft) -> None:
    """A new product type. Repeating with the same operation changes nothing."""
    _check(draft)

    def create() -> None:
        there = ProductType.objects.filter(pk=draft.code).first()
        if there is not None and there.touched == operation_id:
            return
        if there is not None:
            detail = f"There is a product type {draft.code}."
            raise Taken(detail, errors=(FieldError("/code", "taken", detail),))
        _check_elsewhere(draft)
        ProductType.objects.create(code=draft.code, name=draft.name, touched=operation_id)
        _write(draft)

    transact_unique("catalog", create)


def change_product_type(*, draft: TypeDraft, revision: int | None = None) -> None:
    """Make it what the draft says; its products' documents follow by a job. Raises Stale for another `revision`.

    While products have the type it may grow and change its words, but what it means stays: kinds, units and options
    are the same, choices and values can only be added (StillUsed). An attribute may go; it is shown no more.
    """
    _check(draft)

    def change() -> None:
        there = _get(draft.code)
        before = types_of([draft.code])[draft.code]
        seen = there.revision if revision is None else revision
        latest = ProductType.objects.filter(pk=draft.code, revision=seen)
        if not latest.update(revision=seen + 1, name=draft.name, touched=uuid7()):
            raise Stale(f"{there.name} was changed by somebody else.", revision=there.revision)
        _check_elsewhere(draft)
        lost = tuple(_lost(before, draft))
        if lost and Product.objects.filter(product_type_id=draft.code).order_by().exists():
            raise StillUsed("Products have this type: it can grow, not shrink.", errors=lost)
        if (before.attributes, before.options) != (draft.attributes, draft.options):
            Attribute.objects.filter(product_type_id=draft.code).delete()
            Option.objects.filter(product_type_id=draft.code).delete()
            _write(draft)
            start_ripple(Ripple.Of.PRODUCT_TYPE, [draft.code])

    transact_unique("catalog", change)


def delete_product_type(*, code: str, revision: int | None = None) -> None:
    """Remove a type that no product has: raises StillUsed for another, and Stale as change_product_type does."""

    def delete() -> None:
        there = _get(code)
        if revision not in (None, there.revision):
            raise Stale(f"{there.name} was changed by somebody else.", revision=there.revision)
        if Product.objects.filter(product_type_id=code).order_by().exists() or not remove_if_untouched(there):
            raise StillUsed(f"Products still have the type {there.name}.")

    transact("catalog", delete)


def _get(code: str) -> ProductType:
    there = ProductType.objects.filter(pk=code).first()
    if there is None:
        raise ProductTypeNotFound(f"There is no product type {code}.", product_type=code)
    return there


def _write(draft: TypeDraft) -> None:
    Attribute.objects.bulk_create(
        [
            Attribute(
                product_type_id=draft.code,
                code=rule.code,
                name=rule.name,
                kind=rule.kind,
                unit=rule.unit,
                choices=list(rule.choices),
                required=rule.required,
                filterable=rule.filterable,
                position=position,
            )
            for position, rule in enumerate(draft.attributes)
        ]
    )
    Option.objects.bulk_create(
        [
            Option(
                product_type_id=draft.code,
                code=option.code,
                name=option.name,
                values=list(option.values),
                position=position,
            )
            for position, option in enumerate(draft.options)
        ]
    )


def _check(draft: TypeDraft) -> None:
    errors = [
        *_twice([rule.code for rule in draft.attributes], "/attributes"),
        *_twice([option.code for option in draft.options], "/options"),
    ]
    for i, rule in enumerate(draft.attributes):
        at = f"/attributes/{i}"
        if (rule.kind in CHOICES) != bool(rule.choices):
            errors.append(FieldError(f"{at}/choices", "choices", "A choice has choices, and nothing else has."))
        if rule.unit and rule.kind != Kind.NUMBER:
            errors.append(FieldError(f"{at}/unit", "no_number", "Only a number has a unit."))
        errors += _doubles(rule.choices, f"{at}/choices")
    for i, option in enumerate(draft.options):
        errors += _doubles(option.values, f"/options/{i}/values")
    if errors:
        raise Invalid("The type cannot be so.", errors=tuple(errors))


def _twice(codes: Sequence[str], pointer: str) -> Iterator[FieldError]:
    for i, code in enumerate(codes):
        if code in codes[:i]:
            yield FieldError(f"{pointer}/{i}/code", "twice", f"{code} comes twice.")


def _doubles(texts: Sequence[str], pointer: str) -> list[FieldError]:
    return [FieldError(pointer, "twice", "One of them comes twice.")] if len(set(texts)) != len(texts) else []


def _check_elsewhere(draft: TypeDraft) -> None:
    """A code means the same in every type, so that search can offer one facet for it."""
    codes = {rule.code: i for i, rule in enumerate(draft.attributes)}
    rows = Attribute.objects.filter(code__in=list(codes)).exclude(product_type_id=draft.code).order_by("code")
    errors = {}
    for other in rows:
        rule = draft.attributes[codes[other.code]]
        if (rule.kind, rule.unit) != (other.kind, other.unit):
            what = f"a {other.kind}{f' in {other.unit}' if other.unit else ''}"
            detail = f"{other.code} is {what} in the type {other.product_type_id}."
            errors[rule.code] = FieldError(f"/attributes/{codes[other.code]}/kind", "differs", detail)
    if errors:
        raise Invalid("An attribute means the same in all types.", errors=tuple(errors.values()))


def _lost(before: TypeFacts, draft: TypeDraft) -> Iterator[FieldError]:
    """What products of the type may rely on and the draft no longer has."""
    rules = {rule.code: (i, rule) for i, rule in enumerate(draft.attributes)}
    for old in before.attributes:
        i, rule = rules.get(old.code, (0, old))
        if (rule.kind, rule.unit) != (old.kind, old.unit):
            yield FieldError(f"/attributes/{i}/kind", "used", f"Products state {old.code} as it was.")
        if gone := set(old.choices) - set(rule.choices):
            yield FieldError(f"/attributes/{i}/choices", "used", f"Missing: {', '.join(sorted(gone))}.")
    options = {option.code: (i, option) for i, option in enumerate(draft.options)}
    for known in before.options:
        if known.code not in options:
            yield FieldError("/options", "used", f"Variants have the option {known.code}.")
            continue
        i, option = options[known.code]
        if gone := set(known.values) - set(option.values):
            yield FieldError(f"/options/{i}/values", "used", f"Missing: {', '.join(sorted(gone))}.")
    for code in options.keys() - {known.code for known in before.options}:
        yield FieldError(f"/options/{options[code][0]}", "used", "The variants of its products do not state it.")
