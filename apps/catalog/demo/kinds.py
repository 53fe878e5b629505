"""The demo shop's product types, brands and tags, and what its products state."""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from apps.catalog.models import Brand, ProductType, Tag
from apps.catalog.rules import AttributeRule, Kind, OptionFact
from apps.catalog.services.save_label import create_label
from apps.catalog.services.save_product_type import TypeDraft, create_product_type
from shop.ids import uuid7

COLOURS = ("blue", "red", "sand", "moss", "ink", "rose")
STYLES = {
    "Harbour": "A pottery by the sea, and what belongs to it.",
    "Meadow": "Things in the colours of June.",
    "Studio": "Plain shapes, made to be looked at for long.",
    "Juniper": "From the north, for cold evenings.",
    "Pebble": "Nothing has an edge.",
    "Aurora": "A little light in everything.",
}
"""The brands."""
TAGS = ("Gift", "New", "Handmade", "Outlet")

_COLOUR = OptionFact("color", "Color", COLOURS)
_WEIGHT = AttributeRule("weight", "Weight", Kind.NUMBER, unit="g", filterable=True)
_CARE = AttributeRule(
    "care", "Care", Kind.MULTI_CHOICE, choices=("wipe clean", "dishwasher", "machine wash", "air dry"), filterable=True
)
_SINCE = AttributeRule("since", "Made since", Kind.DATE)


def _material(*choices: str) -> AttributeRule:
    return AttributeRule("material", "Material", Kind.CHOICE, choices=choices, required=True, filterable=True)


TYPES = (
    TypeDraft(
        "drinkware",
        "Drinkware",
        (
            _material("stoneware", "glass", "steel"),
            AttributeRule("capacity", "Capacity", Kind.NUMBER, unit="ml", filterable=True),
            AttributeRule("lid", "With a lid", Kind.BOOLEAN, filterable=True),
            _CARE,
        ),
        (_COLOUR,),
    ),
    TypeDraft(
        "textile",
        "Textile",
        (
            _material("linen", "cotton", "wool"),
            AttributeRule("length", "Length", Kind.NUMBER, unit="cm", filterable=True),
            _CARE,
            AttributeRule("weave", "Weave", Kind.TEXT),
        ),
        (_COLOUR,),
    ),
    TypeDraft(
        "paper",
        "Paper goods",
        (
            _material("recycled paper", "cotton paper"),
            AttributeRule("pages", "Pages", Kind.NUMBER, filterable=True),
            AttributeRule("dated", "Dated", Kind.BOOLEAN, filterable=True),
        ),
        (_COLOUR,),
    ),
    TypeDraft(
        "homeware",
        "Homeware",
        (_material("oak", "steel", "stoneware", "canvas"), _WEIGHT, _SINCE),
        (_COLOUR,),
    ),
)
_TYPE_OF = {
    **dict.fromkeys(("mugs", "glasses", "carafes", "bottles"), "drinkware"),
    **dict.fromkeys(("cushions", "throws", "rugs", "blankets", "hammocks", "totes"), "textile"),
    **dict.fromkeys(("notebooks", "cards", "calendars"), "paper"),
}


def make_kinds() -> dict[str, UUID]:
    """Those that are missing are made; the ids of brands and tags by their slugs."""
    standing = set(ProductType.objects.values_list("pk", flat=True))
    for draft in TYPES:
        if draft.code not in standing:
            create_product_type(operation_id=uuid7(), draft=draft)
    for name, description in STYLES.items():
        if not Brand.objects.filter(slug=slugify(name)).exists():
            columns = {"slug": slugify(name), "name": name, "description": description}
            create_label(Brand, label_id=uuid7(), columns=columns)
    for name in TAGS:
        if not Tag.objects.filter(slug=slugify(name)).exists():
            create_label(Tag, label_id=uuid7(), columns={"slug": slugify(name), "name": name})
    return {**_ids(Brand, tuple(STYLES)), **_ids(Tag, TAGS)}


def _ids(model: type[Brand | Tag], names: tuple[str, ...]) -> dict[str, UUID]:
    return dict(model.objects.filter(slug__in=list(map(slugify, names))).values_list("slug", "pk"))


def type_of(category: str) -> str:
    """The product type of what stands in a category."""
    return _TYPE_OF.get(category, "homeware")


def attributes(product_type: str, chance: Random) -> dict[str, Any]:
    """What a product of this type states: all that is required, and most of the rest."""
    [draft] = [draft for draft in TYPES if draft.code == product_type]
    return {rule.code: _value(rule, chance) for rule in draft.attributes if rule.required or chance.random() < 0.85}


def _value(rule: AttributeRule, chance: Random) -> Any:
    match rule.kind:
        case Kind.CHOICE:
            return chance.choice(rule.choices)
        case Kind.MULTI_CHOICE:
            return chance.sample(rule.choices, chance.randint(1, 2))
        case Kind.NUMBER:
            return chance.randrange(2, 25) * 25
        case Kind.BOOLEAN:
            return chance.random() < 0.5
        case Kind.DATE:
            return f"{chance.randrange(1998, 2025)}-{chance.randrange(1, 13):02}-01"
        case _:
            return chance.choice(("plain", "twill", "herringbone", "waffle"))
