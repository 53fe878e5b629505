"""What a search keeps is forgotten when something is written; what a filter means is said of one variant."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client

from apps.catalog.providers.search.question import Question
from apps.catalog.providers.search.state import State
from apps.catalog.rules import AttributeRule, Kind, OptionFact
from apps.catalog.services.publish_product import publish_product, withdraw_product
from apps.catalog.services.receive_stock import receive_stock
from apps.catalog.services.ripples import follow_ripples
from apps.catalog.services.save_product import ProductDraft, VariantDraft, save_product
from apps.catalog.services.save_product_type import TypeDraft, change_product_type, create_product_type
from apps.catalog.testing.make import make_category
from apps.catalog.testing.searching import search_index
from shop.ids import uuid7
from shop.money import Money
from shop.testing.drain import drain

pytestmark = pytest.mark.usefixtures("database")

RED_S, BLUE_M = {"color": "red", "size": "S"}, {"color": "blue", "size": "M"}
SHIRT = TypeDraft(
    code="shirt",
    name="Shirt",
    attributes=(AttributeRule("fabric", "Fabric", Kind.TEXT, filterable=True),),
    options=(OptionFact("color", "Color", ("red", "blue")), OptionFact("size", "Size", ("S", "M"))),
)


@pytest.fixture
def index(database, tmp_path):
    with search_index(tmp_path) as follower:
        follower.step()
        create_product_type(operation_id=uuid7(), draft=SHIRT)
        yield follower


def shirt(slug: str, *variants: dict[str, str], euros: int = 10, product_id: Any = None) -> Any:
    """On sale, with one variant of each of these options: POLO-0, POLO-1."""
    product_id = product_id or uuid7()
    skus = [
        VariantDraft(sku=f"{slug.upper()}-{n}", prices=(Money(euros * 100, "EUR"),), options=options)
        for n, options in enumerate(variants)
    ]
    draft = ProductDraft(
        slug=slug,
        name=slug.title(),
        category_id=make_category("shirts"),
        variants=tuple(skus),
        product_type="shirt",
        attributes={"fabric": "linen"},
    )
    save_product(product_id=product_id, draft=draft)
    publish_product(product_id=product_id)
    return product_id


def ask(query: str) -> dict[str, Any]:
    answer = Client().get(f"/api/v1/products?{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def slugs(query: str) -> list[str]:
    return [card["slug"] for card in ask(query)["data"]]


def counts(query: str, facet: str) -> dict[str, int]:
    found = ask(f"{query}&include=facets")["facets"].get(facet, [])
    return {one["value"]: one["count"] for one in found}


def test_all_options_that_are_asked_for_are_those_of_one_variant(index):
    shirt("polo", RED_S, BLUE_M)
    shirt("tee", {"color": "red", "size": "M"})
    index.step()

    assert slugs("option.color=red&option.size=M") == ["tee"]
    assert slugs("option.color=red&option.size=S&option.size=M&sort=name") == ["polo", "tee"]
    assert counts("option.color=red", "option.size") == {"S": 1, "M": 1}
    assert counts("option.color=blue", "option.size") == {"M": 1}
    assert counts("option.color=blue&option.size=S", "option.size") == {"M": 1}
    assert counts("option.color=blue&option.size=S", "option.color") == {"red": 1}
    assert ask("option.color=blue&option.size=S&include=total")["total"] == 0


def test_available_is_said_of_the_variants_that_the_options_leave(index):
    shirt("polo", RED_S, BLUE_M)
    receive_stock(sku="POLO-1", quantity=3, reason="test")
    drain("catalog")
    index.step()

    assert slugs("available=true") == ["polo"]
    assert slugs("option.color=red&available=true") == []
    assert slugs("option.color=red&available=false") == ["polo"]
    assert slugs("option.color=blue&option.size=M&available=true") == ["polo"]
    assert counts("available=true", "option.color") == {"blue": 1}
    assert counts("available=false", "option.color") == {"red": 1}
    assert counts("option.color=red", "available") == {"false": 1}
    assert counts("option.size=M&available=true", "option.color") == {"blue": 1}
    assert counts("option.size=M&available=false", "option.color") == {}


def test_what_one_may_not_filter_by_is_no_facet_as_soon_as_its_type_says_so(index):
    shirt("polo", RED_S)
    index.step()
    assert counts("", "attr.fabric") == {"linen": 1}
    assert slugs("attr.fabric=linen") == ["polo"]

    hidden = replace(SHIRT, attributes=(replace(SHIRT.attributes[0], filterable=False),))
    change_product_type(draft=hidden)
    follow_ripples(limit=10)
    index.step()

    assert counts("", "attr.fabric") == {}
    assert slugs("attr.fabric=linen") == []
    assert slugs("q=linen") == ["polo"]

    change_product_type(draft=SHIRT)
    follow_ripples(limit=10)
    index.step()
    assert counts("", "attr.fabric") == {"linen": 1}


def test_everything_is_counted_before_anybody_asks_and_once_for_all_currencies(index, monkeypatch):
    shirt("polo", RED_S)
    index.step()
    counted: list[Question] = []
    count_tokens = State._tokens

    def noted(state: State, question: Question) -> dict[str, int]:
        counted.append(question)
        return count_tokens(state, question)

    monkeypatch.setattr(State, "_tokens", noted)

    index.reader._state = None  # as in a process that has just started
    index.reader._stamp = None
    index.step()
    assert counted == [Question()]
    assert counts("", "brand") == {}
    assert counts("currency=USD", "option.color") == {"red": 1}
    assert counted == [Question()]
    assert counts("option.color=red&currency=USD", "option.color") == counts("option.color=red", "option.color")
    assert len(counted) == 2


def test_facets_that_were_asked_for_again_are_counted_before_a_change_is_taken_up(index, monkeypatch):
    monkeypatch.setattr("apps.catalog.providers.search.state.WARM_FROM_SECONDS", 0.0)
    monkeypatch.setattr("apps.catalog.providers.search.state.WARM_FOR_SECONDS", 60.0)
    shirt("polo", RED_S)
    index.step()
    for query in ("option.color=red", "option.color=red", "option.color=blue"):
        counts(query, "option.size")
    shirt("tee", RED_S, BLUE_M)
    index.step()

    monkeypatch.setattr("apps.catalog.providers.search.facets._facets", lambda state, question: {"price": None})
    assert counts("option.color=red", "option.size") == {"S": 2}
    assert counts("option.color=blue", "option.size") == {}  # asked for once


def test_a_large_category_is_counted_with_every_change_before_anybody_asks(index, monkeypatch):
    shirt("polo", RED_S)
    shirt("tee", RED_S)
    index.step()
    tank = shirt("tank", RED_S, BLUE_M)
    index.step()
    asked: list[str] = []
    frequencies = State._frequencies

    def noted(state: State, field: str, parts: Any) -> dict[str, int]:
        asked.append(field)
        return frequencies(state, field, parts)

    monkeypatch.setattr(State, "_frequencies", noted)
    assert counts("category=shirts", "option.color") == {"red": 3, "blue": 1}
    assert asked == []

    withdraw_product(product_id=tank)
    index.step()
    asked.clear()
    assert counts("category=shirts", "option.color") == {"red": 2}
    assert asked == []


def test_a_large_index_that_changes_all_the_time_is_taken_up_now_and_then(index, monkeypatch):
    monkeypatch.setattr("apps.catalog.providers.search.reader.REST_FROM_SECONDS", -1.0)  # as if much was counted
    monkeypatch.setattr("apps.catalog.providers.search.reader.REST_TIMES", 10**9)
    monkeypatch.setattr("apps.catalog.providers.search.reader.REST_SECONDS", 600.0)
    shirt("polo", RED_S)
    index.step()
    assert slugs("option.color=red") == ["polo"]

    shirt("tee", RED_S)
    index.step()
    assert slugs("option.color=red") == ["polo"]
    index.reader._rests_until = 0.0
    index.step()
    assert slugs("option.color=red") == ["tee", "polo"]


def test_where_little_is_sold_out_that_is_counted_and_taken_from_all(index, monkeypatch):
    for slug in ("polo", "tee", "tank"):
        shirt(slug, RED_S, BLUE_M)
        receive_stock(sku=f"{slug.upper()}-0", quantity=3, reason="test")
    receive_stock(sku="POLO-1", quantity=3, reason="test")
    shirt("gone", RED_S)
    drain("catalog")
    index.step()

    found = []
    for one_in in (0, 1_000):  # as where little is sold out, and as where much is
        monkeypatch.setattr("apps.catalog.providers.search.state.FEW_OF", one_in)
        index.reader.state()._answers.clear()
        found.append(ask("category=shirts&available=true&include=facets")["facets"])
    assert found[0] == found[1]
    assert {name: {one["value"]: one["count"] for one in found[0][name]} for name in found[0] if name != "price"} == {
        "attr.fabric": {"linen": 3},
        "available": {"true": 3, "false": 1},
        "category": {"shirts": 3},
        "option.color": {"red": 3, "blue": 1},
        "option.size": {"S": 3, "M": 1},
    }


@pytest.mark.parametrize("large", [False, True], ids=["few", "many"])
@pytest.mark.parametrize("sort", ["newest", "name", "price_asc", "price_desc"])
def test_a_kept_first_page_is_forgotten_with_the_next_change(index, monkeypatch, sort, large):
    monkeypatch.setattr(State, "resembles", lambda state, products: large)  # a large index takes slots over
    polo = shirt("polo", RED_S, euros=20)
    shirt("tee", RED_S, euros=10)
    index.step()
    query = f"option.color=red&sort={sort}&include=total,facets"
    before = ask(query)
    assert ask(query) == before

    shirt("polo", RED_S, euros=5, product_id=polo)
    tank = shirt("tank", RED_S, euros=7)
    index.step()
    first = ask(query)
    assert {card["slug"]: card["prices"]["EUR"]["amount"] for card in first["data"]} == {
        "polo": 500,
        "tee": 1000,
        "tank": 700,
    }
    by_price = ["polo", "tank", "tee"]
    assert [card["slug"] for card in first["data"]] == {
        "name": ["polo", "tank", "tee"],
        "price_asc": by_price,
        "price_desc": by_price[::-1],
    }.get(sort, ["tank", "tee", "polo"])
    there = [card["slug"] for card in first["data"]]
    second = f"option.color=red&sort={sort}&limit=1"
    second += f"&after={ask(second)['next_cursor']}"
    assert slugs(second) == there[1:2]
    assert (first["total"], first["facets"]["price"]["min"]["amount"]) == (3, 500)

    withdraw_product(product_id=tank)
    index.step()
    last = ask(query)
    assert [card["slug"] for card in last["data"]] == [c["slug"] for c in first["data"] if c["slug"] != "tank"]
    assert last["total"] == 2
    assert slugs(second) == [slug for slug in there[1:] if slug != "tank"][:1]
