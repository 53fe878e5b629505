"""Searching over HTTP: what comes first, what is forgiven, what is refused."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.catalog.models import Brand, Product, Tag
from apps.catalog.providers.search.words import prefixes, words
from apps.catalog.services.edit_category import edit_category
from apps.catalog.services.publish_product import publish_product, withdraw_product
from apps.catalog.services.save_product import ProductDraft, VariantDraft, save_product
from apps.catalog.testing.make import make_category, make_product
from apps.catalog.testing.searching import search_index
from shop.ids import uuid7
from shop.money import Money
from shop.testing.drain import drain
from shop.testing.scene import scene

pytestmark = pytest.mark.usefixtures("database")

LIST = "/api/v1/products"
FOUND: dict[str, list[str]] = {
    "q=mug": ["exact", "name", "brand", "option", "tag", "described", "begun"],
    "q=MUG": ["exact", "name", "brand", "option", "tag", "described", "begun"],
    "q=mu": ["begun", "option", "tag", "brand", "name", "exact"],
    "q=mug%20blue": ["name"],
    "q=blue%20mu": ["name"],
    "q=mu%20blue": [],
    "q=cafe": ["other"],
    "q=CAF%C3%89%20angstrom": ["other"],
    "q=angstorm": ["other"],
    "q=anxstrxm": ["other"],
    "q=angstxxxm": [],
    "q=lapm": ["other"],
    "q=mgu": [],
    "q=coaster": ["described"],
    "q=!!!": [],
    "q=%20%20": ["other", "begun", "described", "option", "tag", "brand", "name", "exact"],
    "q=mug&sort=name": ["name", "described", "exact", "begun", "tag", "option", "brand"],
    "q=mug&brand=mug-makers": ["brand"],
    "tag=for-mugs": ["tag"],
    "option.shape=mug": ["option"],
    "option.shape=Mug": [],
    "attr.material=wood": [],
    "brand=mug-makers&brand=nobody": ["brand"],
    "brand=": ["other", "begun", "described", "option", "tag", "brand", "name", "exact"],
}
WRONG: dict[str, tuple[str, str]] = {
    "color=blue": ("/color", "unknown_parameter"),
    "q[$ne]=x": ("/q[$ne]", "unknown_parameter"),
    "option.=x": ("/option.", "unknown_parameter"),
    "option.a/b=x": ("/option.a~1b", "unknown_parameter"),
    f"q={'x' * 201}": ("/q", "too_long"),
    f"q={'a%20' * 13}": ("/q", "too_many_words"),
    f"tag={'x' * 181}": ("/tag", "too_long"),
    "&".join(f"tag={n}" for n in range(41)): ("/tag", "too_many"),
    "price_min=-1": ("/price_min", "out_of_range"),
    "price_min=1.5": ("/price_min", "out_of_range"),
    "price_max=NaN": ("/price_max", "out_of_range"),
    "price_max=1e3": ("/price_max", "out_of_range"),
    f"price_max={10**15 + 1}": ("/price_max", "out_of_range"),
    "price_min=": ("/price_min", "out_of_range"),
    f"price_min={quote(chr(0x661))}": ("/price_min", "out_of_range"),
    "price_min=5&price_max=4": ("/price_max", "out_of_range"),
    "available=yes": ("/available", "not_a_boolean"),
    "sort=price": ("/sort", "unknown_sort"),
    "include=everything": ("/include", "unknown_name"),
    "q=mug&limit=0": ("/limit", "out_of_range"),
    "q=mug&currency=XXX": ("/currency", "unknown_currency"),
}


def get(query: str):
    return Client().get(f"{LIST}?{query}")


def found(query: str) -> list[str]:
    answer = get(query)
    assert answer.status_code == 200, answer.content
    return [card["slug"] for card in answer.json()["data"]]


def put_on_sale(slug: str, name: str, *, options=None, **others) -> None:
    product_id = uuid7()
    variant = VariantDraft(sku=slug.upper(), prices=(Money(1000, "EUR"),), options=options or {})
    draft = ProductDraft(slug=slug, name=name, category_id=make_category("things"), variants=(variant,), **others)
    save_product(product_id=product_id, draft=draft)
    publish_product(product_id=product_id)


@pytest.fixture
def index(tmp_path):
    with search_index(tmp_path) as follower:
        follower.step()
        yield follower


@pytest.fixture
def shelf(database, tmp_path):
    make_shelf()
    with search_index(tmp_path) as follower:
        follower.step()
        yield follower


@scene("catalog")
def make_shelf():
    """One product for each place where the word "mug" may stand, the worst place last on sale."""
    brand = Brand.objects.create(slug="mug-makers", name="Mug Makers").pk
    tag = Tag.objects.create(slug="for-mugs", name="for a mug").pk
    put_on_sale("exact", "Mug")
    put_on_sale("name", "Blue mug")
    put_on_sale("brand", "Tray", brand_id=brand)
    put_on_sale("tag", "Rack", tag_ids=(tag,))
    put_on_sale("option", "Sticker", options={"shape": "mug"})
    put_on_sale("described", "Coaster", description="Goes below a mug.")
    put_on_sale("begun", "Muggle cap")
    put_on_sale("other", "Café Ångström lamp")


@pytest.mark.usefixtures("shelf")
def test_a_search_finds_what_is_meant_best_first():
    assert {query: found(query) for query in FOUND} == FOUND


def test_words_are_folded_alike_on_every_engine():
    assert words("Crème-BRÛLÉE's Straße №5 Øre") == ["creme", "brulee", "s", "strasse", "no5", "ore"]
    assert words("東京 tea") == ["東", "京", "tea"]
    assert prefixes(["mugs"]) == {"mu", "mug"}


@pytest.mark.usefixtures("shelf")
def test_each_wrong_parameter_is_named():
    refused = {}
    for query in WRONG:
        answer = get(query)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), query
        [error] = answer.json()["errors"]
        refused[query] = (error["pointer"], error["code"])
    assert refused == WRONG


@pytest.mark.usefixtures("shelf")
def test_a_cursor_of_another_search_is_refused():
    cursor = get("q=mug&limit=1").json()["next_cursor"]
    assert get(f"q=mug&limit=1&after={cursor}").status_code == 200
    others = ("q=mug&sort=name", "q=mug&sort=price_asc", "sort=newest", "q=mug&currency=USD", "q=cup", "q=mug&tag=new")
    for query in others:
        assert get(f"{query}&after={cursor}").status_code == 400, query
    for forged in ("x", cursor[:-4], "W10", cursor + "AAAA"):
        assert get(f"q=mug&after={forged}").status_code == 400, forged


@pytest.mark.usefixtures("shelf")
def test_an_unknown_category_is_absent_in_a_search_too():
    assert get("q=mug&category=nope").status_code == 404
    assert found("q=mug&category=things&limit=2") == ["exact", "name"]


def test_an_old_slug_of_a_category_means_it_in_a_search_and_its_counts_too(index):
    put_on_sale("exact", "Mug")
    edit_category(slug="things", changes={"slug": "stuff"}, revision=None)
    drain("catalog")
    index.step()
    answers = [get(f"q=mug&category={slug}&include=total,facets").json() for slug in ("stuff", "things")]
    assert answers[0] == answers[1]
    assert (answers[1]["total"], [card["slug"] for card in answers[1]["data"]]) == (1, ["exact"])


def test_prices_are_meant_in_the_asked_currency(index):
    make_product("euro", stock={"EURO": 1}, price=Money(1000, "EUR"))
    make_product("yen", stock={"YEN": 1}, price=Money(900, "JPY"))
    index.step()
    assert found("price_max=950") == []
    assert found("price_max=950&currency=JPY") == ["yen"]
    assert found("sort=price_asc") == ["euro"]
    assert get("include=facets").json()["facets"]["price"] == {
        "min": {"amount": 1000, "currency": "EUR"},
        "max": {"amount": 1000, "currency": "EUR"},
    }
    assert get("include=facets&currency=USD").json()["facets"]["price"] is None


@pytest.mark.usefixtures("shelf")
def test_a_product_that_has_just_gone_is_not_shown_though_the_index_has_it_still():
    withdraw_product(product_id=Product.objects.get(slug="exact").pk)
    assert found("q=mug")[:2] == ["name", "brand"]


@pytest.mark.usefixtures("shelf")
@pytest.mark.parametrize(
    ("query", "reads"), [("q=mug", 1), ("tag=for-mugs", 1), ("include=total,facets", 1), ("q=mug&category=things", 2)]
)
def test_a_search_costs_one_read_of_the_database_and_a_category_one_more(query, reads):
    get(query)
    with CaptureQueriesContext(connections["catalog"]) as captured:
        assert get(query).status_code == 200
    assert len(captured) == reads
