"""What stands around products and is shown in their documents: the tree, types, brands and tags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from apps.catalog.models import Attribute, Brand, Category, Option, Tag
from apps.catalog.rules import AttributeRule, OptionFact

Trails = dict[UUID, tuple[Category, ...]]
"""By category: itself and its ancestors, root first."""
Reference = tuple[str, str]
"""(slug, name)"""


@dataclass(frozen=True, slots=True)
class TypeFacts:
    """What a product type says of its products."""

    attributes: tuple[AttributeRule, ...] = ()
    options: tuple[OptionFact, ...] = ()


NO_TYPE = TypeFacts()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Read once for many products."""

    trails: Trails
    types: dict[str, TypeFacts]
    brands: dict[UUID, Reference]
    tags: dict[UUID, Reference]


def surroundings(
    *,
    categories: Collection[UUID],
    types: Collection[str] = (),
    brands: Collection[UUID] = (),
    tags: Collection[UUID] = (),
) -> Surroundings:
    """One or two queries for each of the four that is asked for at all."""
    return Surroundings(
        trails=trails(categories),
        types=types_of(types),
        brands=_references(Brand, brands),
        tags=_references(Tag, tags),
    )


def trails(category_ids: Collection[UUID]) -> Trails:
    """The line of each of these categories, in two queries."""
    nodes = list(Category.objects.filter(pk__in=category_ids).order_by())
    wanted = {step for node in nodes for step in node.line()}
    known = {c.pk: c for c in Category.objects.filter(pk__in=wanted).order_by()}
    return {node.pk: tuple(known[step] for step in node.line()) for node in nodes}


def types_of(codes: Collection[str]) -> dict[str, TypeFacts]:
    """Attributes and options of these product types, each in its order."""
    if not codes:
        return {}
    attributes: dict[str, list[AttributeRule]] = defaultdict(list)
    for row in sorted(Attribute.objects.filter(product_type_id__in=codes).order_by(), key=_place):
        attributes[row.product_type_id].append(rule_of(row))
    options: dict[str, list[OptionFact]] = defaultdict(list)
    for option in sorted(Option.objects.filter(product_type_id__in=codes).order_by(), key=_place):
        options[option.product_type_id].append(OptionFact(option.code, option.name, tuple(option.values)))
    return {code: TypeFacts(tuple(attributes[code]), tuple(options[code])) for code in codes}


def rule_of(row: Attribute) -> AttributeRule:
    """Row to rule."""
    return AttributeRule(
        code=row.code,
        name=row.name,
        kind=row.kind,
        unit=row.unit,
        choices=tuple(row.choices),
        required=row.required,
        filterable=row.filterable,
    )


def _place(row: Attribute | Option) -> tuple[int, str]:
    return row.position, row.code


def _references(model: type[Brand | Tag], ids: Collection[UUID]) -> dict[UUID, Reference]:
    if not ids:
        return {}
    rows = model.objects.filter(pk__in=ids).order_by().values_list("pk", "slug", "name")
    return {pk: (slug, name) for pk, slug, name in rows}
