"""Random shops and questions, the same every time: the index answers what a plain loop over all products answers."""

from __future__ import annotations

from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from apps.catalog.models import Attribute, Brand, ProductType, Tag
from apps.catalog.services.import_products import ProductImport, import_products
from apps.catalog.services.save_product import ProductDraft, VariantDraft
from apps.catalog.testing.make import make_category
from apps.catalog.testing.searching import search_index
from apps.catalog.tests import reference
from apps.catalog.tests.reference import Wanted
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")

PRODUCTS, QUESTIONS = 100, 60
NOUNS = ("Mug", "Mugs", "Café table", "Lamp", "Lantern", "Bottle", "Notebook", "Chair")
WORDS = ("blue", "Nordic", "little", "Ångström", "handmade", "travel", "kitchenware", "A4")
BRANDS = ("Alder", "Birk & Blue", "Mugmakers")
TAGS = ("gift", "new", "nordic")
COLOURS = ("blue", "red", "dark sand")
SIZES = ("S", "M", "L")
COMBINATIONS = [{"color": colour, "size": size} for colour in COLOURS for size in SIZES] + [{"color": "red"}]
MATERIALS = ("wood", "steel", "glass")


@pytest.fixture
def shop(database, tmp_path):
    """Products that share words, prices and names, some without a brand, a price in dollars, or stock."""
    chance = Random(20261127)
    kitchen, living = make_category("kitchen"), make_category("living")
    leaves = [kitchen, make_category("mugs", parent=kitchen), make_category("cups", parent=kitchen), living]
    brands = [Brand.objects.create(slug=f"b{i}", name=name).pk for i, name in enumerate(BRANDS)]
    tags = [Tag.objects.create(slug=name, name=name).pk for name in TAGS]
    ProductType.objects.create(pk="thing", name="Thing")
    for code, kind, choices in (
        ("material", "multi_choice", MATERIALS),
        ("weight", "number", ()),
        ("eco", "boolean", ()),
        ("care", "text", ()),
    ):
        Attribute.objects.create(
            product_type_id="thing", code=code, name=code, kind=kind, choices=list(choices), filterable=code != "care"
        )
    import_products([_product(chance, i, leaves, brands, tags) for i in range(PRODUCTS)], reason="test", batch=40)
    with search_index(tmp_path) as follower:
        follower.step()
        yield


def _product(chance: Random, i: int, leaves: list, brands: list, tags: list) -> ProductImport:
    name = " ".join([*chance.sample(WORDS, chance.randrange(3)), chance.choice(NOUNS)])
    prices = [Money(chance.choice((500, 900, 900, 1200, 2500, 70_000)), "EUR")]
    if chance.random() < 0.7:
        prices.append(Money(chance.randrange(400, 3000), "USD"))
    variants = tuple(
        VariantDraft(sku=f"S{i}-{n}", prices=tuple(prices), options=options)
        for n, options in enumerate(chance.sample(COMBINATIONS, chance.randint(1, 4)))
    )
    attributes: dict[str, Any] = {
        "material": chance.sample(MATERIALS, chance.randrange(3)),
        "eco": chance.random() < 0.5,
        "care": "wipe",
    }
    if chance.random() < 0.5:
        attributes["weight"] = chance.choice((1, 2.5))
    draft = ProductDraft(
        slug=f"p{i}",
        name=name,
        category_id=chance.choice(leaves),
        variants=variants,
        description=" ".join(chance.choices((*WORDS, *NOUNS), k=chance.randrange(4))),
        product_type="thing",
        attributes=attributes,
        brand_id=chance.choice((*brands, None)),
        tag_ids=tuple(chance.sample(tags, chance.randrange(3))),
    )
    return ProductImport(draft=draft, stock={v.sku: chance.choice((0, 0, 3)) for v in variants})


def _question(chance: Random) -> Wanted:
    filters: dict[str, list[str]] = {}
    values: dict[str, tuple[str, ...]] = {
        "category": ("kitchen", "mugs", "living"),
        "brand": ("b0", "b1", "nobody"),
        "tag": ("gift", "new"),
        "available": ("true", "false"),
        "option.color": COLOURS,
        "option.size": SIZES,
        "attr.material": MATERIALS,
        "attr.weight": ("1", "2.5"),
        "attr.eco": ("true", "false"),
        "attr.care": ("wipe",),
    }
    of_variants = ("option.color", "option.size", "available")
    some = chance.sample(of_variants, chance.choice((0, 0, 1, 2, 3)))
    for name in sorted({*some, *chance.sample(sorted(values), chance.choice((0, 0, 1, 1, 2)))}):
        single = name in {"category", "available"}
        filters[name] = chance.sample(values[name], 1 if single else chance.randint(1, min(2, len(values[name]))))
    asked = [chance.choice((*WORDS, *NOUNS, *BRANDS)) for _ in range(chance.choice((0, 0, 1, 1, 1, 2)))]
    q = " ".join(asked)
    if q and chance.random() < 0.5:
        q = chance.choice((q[: chance.randint(1, len(q))], reference.misspelt(q, chance.randrange(20)), q.upper()))
    price = chance.choice(((None, None), (None, None), (600, None), (None, 1000), (900, 1200)))
    sort = chance.choice(("relevance", "newest", "name", "price_asc", "price_desc"))
    wanted = Wanted(q.strip(), filters, price, chance.choice(("EUR", "USD")), sort)
    if wanted.sort == "relevance" and not wanted.q:
        wanted.sort = "newest"
    return wanted


def _pages(wanted: Wanted, limit: int) -> tuple[list[str], dict[str, Any]]:
    low, high = wanted.price
    params = [("q", wanted.q), ("sort", wanted.sort), ("currency", wanted.currency), ("include", "total,facets")]
    params += [(name, value) for name, values in wanted.filters.items() for value in values]
    params += [(name, str(value)) for name, value in (("price_min", low), ("price_max", high)) if value is not None]
    found: list[str] = []
    url = f"/api/v1/products?{urlencode([*params, ('limit', str(limit))])}"
    first: dict[str, Any] = {}
    while url:
        answer = Client().get(url)
        assert answer.status_code == 200, (url, answer.content)
        body = answer.json()
        first = first or body
        found += [card["id"].replace("-", "") for card in body["data"]]
        url = answer.headers.get("Link", "").partition(">")[0][1:]
    return found, first


@pytest.mark.usefixtures("shop")
def test_every_question_is_answered_as_a_plain_loop_would():
    chance = Random(7)
    things = reference.everything()
    assert len(things) == PRODUCTS
    hits = 0
    for number in range(QUESTIONS):
        wanted = _question(chance)
        expected = reference.answer(things, wanted)
        found, first = _pages(wanted, chance.choice((1, 3, 7, 100)) if number % 4 == 0 else 100)
        assert found == expected, wanted
        total = reference.answer(things, Wanted(wanted.q, wanted.filters, wanted.price, wanted.currency))
        assert first["total"] == len(total), wanted
        counts = {name: reference.flat(made) for name, made in first["facets"].items() if name != "price"}
        price = first["facets"]["price"]
        span = price and (price["min"]["amount"], price["max"]["amount"])
        assert {**counts, "price": span} == reference.facets(things, wanted), wanted
        hits += bool(expected)
    assert hits > QUESTIONS / 3
