"""Catalog over HTTP: lists, pages, the tree; what bad input gets; how much each answer costs."""

from __future__ import annotations

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.catalog.models import Product
from apps.catalog.services.publish_product import publish_product, withdraw_product
from apps.catalog.services.save_category import CategoryDraft, save_category
from apps.catalog.testing.make import make_category, make_product
from shop.money import Money
from shop.testing.scene import scene

pytestmark = pytest.mark.usefixtures("database")

LIST = "/api/v1/products"


def get(path: str, **headers: str):
    return Client().get(path, headers=headers)


def slugs(path: str) -> list[str]:
    answer = get(path)
    assert answer.status_code == 200, answer.content
    return [card["slug"] for card in answer.json()["data"]]


def queries(path: str) -> int:
    get(path)
    with CaptureQueriesContext(connections["catalog"]) as captured:
        assert get(path).status_code == 200
    return len(captured)


@pytest.fixture
def tree(database):
    return make_tree()


@scene("catalog")
def make_tree():
    """kitchen > drinkware > mugs; living. Three products below kitchen, one in living."""
    kitchen = make_category("kitchen", position=0)
    drinkware = make_category("drinkware", parent=kitchen)
    mugs = make_category("mugs", parent=drinkware)
    living = make_category("living", position=1)
    make_product("pot", stock={"POT": 1}, category=kitchen)
    make_product("glass", stock={"GLASS": 1}, category=drinkware)
    make_product("mug", stock={"MUG-BLUE": 1}, category=mugs)
    make_product("lamp", stock={"LAMP": 1}, category=living)
    return {"kitchen": kitchen, "drinkware": drinkware, "mugs": mugs, "living": living}


@pytest.mark.usefixtures("tree")
def test_the_list_shows_the_newest_first():
    assert slugs(LIST) == ["lamp", "mug", "glass", "pot"]
    assert slugs(f"{LIST}?sort=name") == ["glass", "lamp", "mug", "pot"]


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("kitchen", ["mug", "glass", "pot"]),
        ("drinkware", ["mug", "glass"]),
        ("mugs", ["mug"]),
        ("living", ["lamp"]),
    ],
)
def test_a_category_lists_everything_below_it(category, expected):
    assert slugs(f"{LIST}?category={category}") == expected
    assert slugs(f"{LIST}?category={category}&sort=name") == sorted(expected)


@pytest.mark.parametrize("sort", ["newest", "name"])
@pytest.mark.parametrize("category", ["", "&category=kitchen"])
@pytest.mark.usefixtures("tree")
def test_pages_follow_each_other_without_a_gap_or_a_repeat(sort, category):
    path = f"{LIST}?sort={sort}{category}"
    everything, found, url = slugs(path), [], f"{path}&limit=1"
    while url:
        answer = get(url)
        found += [card["slug"] for card in answer.json()["data"]]
        link = answer.headers.get("Link", "")
        assert answer.json()["has_more"] == bool(link)
        url = link.partition(">")[0][1:]
    assert found == everything


def test_products_of_one_name_are_all_found_page_by_page():
    for number in range(3):
        make_product(f"same-{number}", stock={f"SAME-{number}": 1})
    Product.objects.update(sort_name="same")
    seen, after = [], ""
    for _ in range(3):
        body = get(f"{LIST}?sort=name&limit=1&after={after}").json()
        seen += [card["slug"] for card in body["data"]]
        after = body["next_cursor"]
    assert after is None
    assert sorted(seen) == ["same-0", "same-1", "same-2"]


def test_a_page_tells_all_of_a_product():
    make_product("blue-mug", stock={"MUG-BLUE": 5, "MUG-RED": 0}, price=Money(1200, "EUR"))
    page = get(f"{LIST}/blue-mug").json()
    assert page["name"] == "Blue Mug"
    assert page["prices"] == {"EUR": {"amount": 1200, "currency": "EUR"}}
    assert page["categories"] == [{"slug": "mugs", "name": "Mugs"}]
    assert [variant["sku"] for variant in page["variants"]] == ["MUG-BLUE", "MUG-RED"]
    assert "5" not in str(page["variants"])


def test_a_draft_is_nowhere_and_a_published_one_everywhere():
    product_id = make_product("mug", published=False)
    assert slugs(LIST) == slugs(f"{LIST}?category=mugs") == []
    assert get(f"{LIST}/mug").status_code == 404
    assert publish_product(product_id=product_id) is True
    assert publish_product(product_id=product_id) is False
    assert slugs(LIST) == slugs(f"{LIST}?category=mugs") == ["mug"]
    assert withdraw_product(product_id=product_id) is True
    assert withdraw_product(product_id=product_id) is False
    assert slugs(LIST) == slugs(f"{LIST}?category=mugs") == []
    assert get(f"{LIST}/mug").status_code == 404


@pytest.mark.usefixtures("tree")
def test_the_tree_is_nested_in_its_order():
    assert get("/api/v1/categories").json()["data"] == [
        {
            "slug": "kitchen",
            "name": "Kitchen",
            "children": [
                {
                    "slug": "drinkware",
                    "name": "Drinkware",
                    "children": [{"slug": "mugs", "name": "Mugs", "children": []}],
                }
            ],
        },
        {"slug": "living", "name": "Living", "children": []},
    ]


def test_a_shop_without_anything_has_empty_lists():
    assert get("/api/v1/categories").json() == {"data": []}
    assert get(LIST).json() == {"data": [], "has_more": False, "next_cursor": None}


@pytest.mark.parametrize("path", [LIST, f"{LIST}/mug", "/api/v1/categories"])
def test_answers_are_public_and_have_a_validator(path):
    make_product("mug")
    first = get(path)
    assert first.headers["Cache-Control"].startswith("public, max-age=")
    again = get(path, if_none_match=first.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")
    withdraw_product(product_id=Product.objects.get().pk)
    save_category(category_id=make_category(), draft=CategoryDraft(slug="mugs", name="Cups"))
    assert get(path, if_none_match=first.headers["ETag"]).status_code != 304


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"{LIST}?category=nope", 404, "catalog.category_not_found"),
        (f"{LIST}?category=", 404, "catalog.category_not_found"),
        (f"{LIST}?category=%00", 400, "malformed"),
        (f"{LIST}?category=a%20b", 404, "catalog.category_not_found"),
        (f"{LIST}/nope", 404, "catalog.product_not_found"),
        (f"{LIST}?currency=XXX", 422, "invalid"),
        (f"{LIST}?currency=eur", 422, "invalid"),
        (f"{LIST}/nope?currency=", 422, "invalid"),
        (f"{LIST}?sort=price;drop", 422, "invalid"),
        (f"{LIST}?limit=0", 422, "invalid"),
        (f"{LIST}?limit=101", 422, "invalid"),
        (f"{LIST}?limit=ten", 422, "invalid"),
        (f"{LIST}?after=garbage", 400, "malformed"),
    ],
)
def test_bad_input_gets_a_problem_that_names_it(path, status, code):
    answer = get(path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    if status == 422:
        pointer = answer.json()["errors"][0]["pointer"]
        assert pointer.strip("/") in path


def test_a_cursor_of_another_sort_is_refused():
    for number in range(2):
        make_product(f"mug-{number}", stock={f"MUG-{number}": 1})
    cursor = get(f"{LIST}?limit=1").json()["next_cursor"]
    assert get(f"{LIST}?sort=name&after={cursor}").status_code == 400


def test_a_known_currency_is_accepted_and_changes_nothing():
    make_product("mug")
    assert get(f"{LIST}?currency=USD").content == get(LIST).content
    assert get(f"{LIST}/mug?currency=JPY").content == get(f"{LIST}/mug").content


def test_writing_is_for_staff():
    assert Client().post(LIST, {}, content_type="application/json").status_code == 401
    assert Client().put(LIST, {}, content_type="application/json").status_code == 405


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("path", "count"),
    [(LIST, 1), (f"{LIST}?category=kitchen", 2), (f"{LIST}/mug", 1), ("/api/v1/categories", 1)],
)
def test_browsing_costs_as_many_reads_as_stated(path, count):
    assert queries(path) == count


def test_fewer_fields_of_pages_and_lists(tree):
    page, cards = get("/api/v1/products/mug?fields=name,variants.sku"), get(f"{LIST}?fields=slug&limit=1")

    assert sorted(page.json()) == ["name", "variants"]
    assert [sorted(variant) for variant in page.json()["variants"]] == [["sku"]]
    assert [sorted(card) for card in cards.json()["data"]] == [["slug"]]
    assert page["ETag"] != get("/api/v1/products/mug")["ETag"]
    assert get(f"{LIST}?fields=stock").json()["errors"][0]["pointer"] == "/fields"
