"""Categories, product types, brands and tags in the hands of staff, over HTTP; their documents follow by a job."""

from __future__ import annotations

from functools import partial

import pytest

from apps.catalog.models import Attribute, Brand, Category, Product, ProductType, Redirect, Ripple, Tag
from apps.catalog.services.ensure_basics import ensure_basics
from apps.catalog.services.ripples import follow_ripples
from apps.catalog.services.save_category import CategoryDraft, save_category
from apps.catalog.testing.make import make_category
from apps.catalog.testing.staff import DRINKWARE, ask, done, errors_of, make_mug, make_shelf, mug
from shop.ids import uuid7
from shop.testing.counting import queries_of
from shop.testing.drain import drain
from shop.testing.http import send
from shop.testing.races import at_once, happens_before

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def basics(database):
    ensure_basics()


def page(slug: str = "mug"):
    return done(send("GET", f"/products/{slug}"))


# --- categories ---


def test_a_category_shows_its_way_and_what_is_below():
    make_shelf()
    done(ask("PATCH", "/categories/kitchen", {"description": "All for the kitchen.", "seo_title": "Cook"}))
    kitchen = done(send("GET", "/categories/kitchen"))
    assert (kitchen["parent"], kitchen["children"]) == (None, [{"slug": "cups", "name": "Cups"}])
    assert kitchen["seo"] == {"title": "Cook", "description": "All for the kitchen."}
    cups = done(send("GET", "/categories/cups"))
    assert (cups["parent"], [step["slug"] for step in cups["trail"]]) == ("kitchen", ["kitchen", "cups"])
    etag = send("GET", "/categories/cups").headers["ETag"]
    assert send("GET", "/categories/cups", if_none_match=etag).status_code == 304


def test_a_renamed_category_is_found_at_its_old_slug_and_its_products_follow():
    make_mug()
    done(ask("PATCH", "/categories/cups", {"slug": "beakers", "name": "Beakers"}))
    answer = send("GET", "/categories/cups")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/api/v1/categories/beakers")
    drain("catalog")
    assert page()["categories"][-1] == {"slug": "beakers", "name": "Beakers"}
    for slug in ("beakers", "cups"):
        assert [card["slug"] for card in done(send("GET", f"/products?category={slug}"))["data"]] == ["mug"]
    done(ask("POST", "/categories", {"slug": "cups", "name": "Cups"}), 201)
    assert done(send("GET", "/categories/cups"))["name"] == "Cups"
    assert done(send("GET", "/products?category=cups"))["data"] == []
    assert Redirect.objects.count() == 0


def test_a_category_moves_with_all_that_is_below_it():
    make_mug()
    done(ask("POST", "/categories", {"slug": "living", "name": "Living"}), 201)
    done(ask("PATCH", "/categories/kitchen", {"parent": "living"}))
    drain("catalog")
    assert [step["slug"] for step in page()["categories"]] == ["living", "kitchen", "cups"]
    assert [card["slug"] for card in done(send("GET", "/products?category=living"))["data"]] == ["mug"]
    done(ask("PATCH", "/categories/cups", {"parent": None}))
    drain("catalog")
    assert done(send("GET", "/products?category=living"))["data"] == []


@pytest.mark.parametrize(
    ("body", "status", "wrong"),
    [
        ({"parent": "cups"}, 422, ("/parent", "cycle")),
        ({"parent": "kitchen"}, 422, ("/parent", "cycle")),
        ({"parent": "nowhere"}, 422, ("/parent", "unknown")),
        ({"slug": "cups"}, 409, ("/slug", "taken")),
        ({"position": 10**9}, 422, ("/position", "max_value")),
        ({"position": 1.5}, 422, ("/position", "invalid")),
        ({"name": None}, 422, ("/name", "null")),
        ({"path": "x"}, 422, ("/path", "unknown_field")),
    ],
)
def test_a_category_that_cannot_be_is_told(body, status, wrong):
    make_shelf()
    answer = ask("PATCH", "/categories/kitchen", body)
    assert answer.status_code == status
    assert wrong in errors_of(answer)


def test_only_an_empty_category_goes():
    make_mug()
    for slug in ("kitchen", "cups"):
        answer = ask("DELETE", f"/categories/{slug}")
        assert (answer.status_code, answer.json()["code"]) == (409, "catalog.still_used")
    assert ask("DELETE", "/products/mug").status_code == 204
    seen = send("GET", "/categories/cups").headers["ETag"]
    done(ask("PATCH", "/categories/cups", {"position": 3}))
    assert ask("DELETE", "/categories/cups", if_match=seen).status_code == 412
    for slug in ("cups", "kitchen"):
        assert ask("DELETE", f"/categories/{slug}").status_code == 204
    assert ask("DELETE", "/categories/cups").status_code == 404


def test_two_moves_at_once_do_not_tie_a_knot():
    for slug in ("a", "b"):
        done(ask("POST", "/categories", {"slug": slug, "name": slug.upper()}), 201)
    answers = at_once(
        partial(ask, "PATCH", "/categories/a", {"parent": "b"}), partial(ask, "PATCH", "/categories/b", {"parent": "a"})
    )
    assert sorted(answer.status_code for answer in answers) == [200, 422]
    assert len(done(send("GET", "/categories"))["data"]) == 1


def test_a_product_that_comes_while_its_category_goes_is_not_left_without_one():
    make_shelf()

    def rival():
        return ask("POST", "/products", mug())

    with happens_before("apps.catalog.http.views.categories.delete_category", rival):
        assert ask("DELETE", "/categories/cups").status_code == 409
    answers = at_once(
        partial(ask, "POST", "/products", mug(slug="other", variants=[], category="kitchen")),
        partial(ask, "DELETE", "/categories/cups"),
    )
    assert [answer.status_code for answer in answers] == [201, 409]
    assert all(Category.objects.filter(pk=product.category_id).exists() for product in Product.objects.all())


def test_a_big_subtree_moves_in_few_statements():
    top, other = make_category("top"), make_category("other")
    for number in range(30):
        make_category(f"below-{number}", parent=top)

    def cost() -> int:
        with queries_of("catalog") as statements:
            save_category(category_id=top, draft=CategoryDraft(slug="top", name="Top", parent_id=other))
        save_category(category_id=top, draft=CategoryDraft(slug="top", name="Top"))
        return len(statements)

    few = cost()
    for number in range(30, 90):
        make_category(f"below-{number}", parent=top)
    assert cost() == few
    assert few <= 12
    below = Category.objects.get(slug="top").subtree()
    assert below.count() == 91


def test_products_follow_in_small_steps():
    make_shelf()
    for number in range(5):
        variants = [{"sku": f"M-{number}", "options": {"color": "red"}, "prices": [{"amount": 1, "currency": "EUR"}]}]
        done(ask("POST", "/products", mug(slug=f"mug-{number}", variants=variants)), 201)
        done(ask("POST", f"/products/mug-{number}/publish"))
    done(ask("PATCH", "/brands/harbour", {"name": "Port"}))
    steps = []
    while done_now := follow_ripples(limit=2):
        steps.append(done_now)
    assert steps == [2, 2, 1]
    assert {page(f"mug-{number}")["brand"]["name"] for number in range(5)} == {"Port"}
    assert Ripple.objects.count() == 0


# --- brands and tags ---


@pytest.mark.parametrize(("kind", "slug", "model"), [("brands", "harbour", Brand), ("tags", "gift", Tag)])
def test_a_label_is_read_by_all_changed_by_staff_and_kept_while_it_is_used(kind, slug, model):
    make_mug()
    shown = done(send("GET", f"/{kind}/{slug}"))
    assert done(send("GET", f"/{kind}"))["data"] == [shown]
    etag = send("GET", f"/{kind}/{slug}").headers["ETag"]
    assert send("GET", f"/{kind}/{slug}", if_none_match=etag).status_code == 304
    changed = done(ask("PATCH", f"/{kind}/{slug}", {"name": "New", "slug": "new"}, if_match=etag))
    assert (changed["name"], changed["revision"]) == ("New", 2)
    assert ask("PATCH", f"/{kind}/new", {"name": "Late"}, if_match=etag).status_code == 412
    drain("catalog")
    assert {"slug": "new", "name": "New"} in [page()["brand"], *page()["tags"]]
    assert ask("DELETE", f"/{kind}/new").json()["code"] == "catalog.still_used"
    done(ask("PATCH", "/products/mug", {"brand": None, "tags": []}))
    assert ask("DELETE", f"/{kind}/new", if_match='"r1"').status_code == 412
    assert ask("DELETE", f"/{kind}/new").status_code == 204
    assert model.objects.count() == 0
    assert ask("DELETE", f"/{kind}/new").status_code == 404


@pytest.mark.parametrize("kind", ["brands", "tags"])
def test_labels_have_slugs_of_their_own_and_pages(kind):
    for slug in ("a", "b", "c"):
        done(ask("POST", f"/{kind}", {"slug": slug, "name": slug}), 201)
    answer = ask("POST", f"/{kind}", {"slug": "a", "name": "Again"})
    assert (answer.status_code, errors_of(answer)) == (409, [("/slug", "taken")])
    assert ask("PATCH", f"/{kind}/b", {"slug": "a"}).status_code == 409
    first = send("GET", f"/{kind}?limit=2&include=total").json()
    assert ([row["slug"] for row in first["data"]], first["total"]) == (["a", "b"], 3)
    assert [row["slug"] for row in send("GET", f"/{kind}?after={first['next_cursor']}").json()["data"]] == ["c"]
    assert errors_of(ask("POST", f"/{kind}", {"slug": "a b", "name": ""})) == [("/slug", "invalid"), ("/name", "blank")]


def test_of_two_who_take_one_slug_at_once_one_is_told():
    tries = [partial(ask, "POST", "/brands", {"slug": "harbour", "name": name}) for name in "ABCD"]
    assert sorted(answer.status_code for answer in at_once(*tries)) == [201, 409, 409, 409]


# --- product types ---


def test_a_product_type_is_read_as_it_was_made():
    made = done(ask("POST", "/product-types", DRINKWARE), 201)
    assert [(one["code"], one["unit"], one["required"]) for one in made["attributes"]] == [
        ("material", "", True),
        ("capacity", "ml", False),
    ]
    assert made["options"] == DRINKWARE["options"]
    assert done(send("GET", "/product-types/drinkware")) == made
    assert done(send("GET", "/product-types"))["data"] == [made]


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"code": "drink ware"}, ("/code", "invalid")),
        ({"attributes": [{"code": "a", "name": "A", "kind": "colour"}]}, ("/attributes/0/kind", "invalid_choice")),
        ({"attributes": [{"code": "a", "name": "A", "kind": "choice"}]}, ("/attributes/0/choices", "choices")),
        (
            {"attributes": [{"code": "a", "name": "A", "kind": "text", "choices": ["x"]}]},
            ("/attributes/0/choices", "choices"),
        ),
        (
            {"attributes": [{"code": "a", "name": "A", "kind": "text", "unit": "cm"}]},
            ("/attributes/0/unit", "no_number"),
        ),
        ({"attributes": [{"code": "a", "name": "A", "kind": "text"}] * 2}, ("/attributes/1/code", "twice")),
        (
            {"attributes": [{"code": "a", "name": "A", "kind": "choice", "choices": ["x", "x"]}]},
            ("/attributes/0/choices", "twice"),
        ),
        (
            {"attributes": [{"code": "a", "name": "A", "kind": "text", "required": "yes"}]},
            ("/attributes/0/required", "invalid"),
        ),
        ({"options": [{"code": "a", "name": "A", "values": []}]}, ("/options/0/values", "min_length")),
        ({"options": [{"code": "a", "name": "A", "values": ["x"]}] * 2}, ("/options/1/code", "twice")),
    ],
)
def test_a_type_that_cannot_be_is_told_by_its_place(changes, wrong):
    answer = ask("POST", "/product-types", {**DRINKWARE, **changes})
    assert answer.status_code == 422, answer.content
    assert wrong in errors_of(answer)
    assert ProductType.objects.count() == 0


def test_a_code_means_the_same_in_all_types():
    done(ask("POST", "/product-types", DRINKWARE), 201)
    assert ask("POST", "/product-types", DRINKWARE).status_code == 409
    other = {
        "code": "vase",
        "name": "Vase",
        "attributes": [{"code": "capacity", "name": "C", "kind": "number", "unit": "l"}],
    }
    answer = ask("POST", "/product-types", other)
    assert (answer.status_code, errors_of(answer)) == (422, [("/attributes/0/kind", "differs")])
    other["attributes"][0]["unit"] = "ml"
    done(ask("POST", "/product-types", other), 201)


def test_a_type_in_use_grows_and_its_products_follow():
    make_mug()
    material, capacity = DRINKWARE["attributes"]
    grown = [{**material, "choices": ["stoneware", "glass", "steel"]}, {**capacity, "name": "Holds"}]
    colors = {"code": "color", "name": "Colour", "values": ["red", "green", "blue", "ink"]}
    done(ask("PATCH", "/product-types/drinkware", {"attributes": grown, "options": [colors]}))
    drain("catalog")
    assert page()["attributes"][1]["name"] == "Holds"
    assert page()["options"] == [{"code": "color", "name": "Colour", "values": ["red", "blue"]}]
    done(ask("PATCH", "/product-types/drinkware", {"attributes": grown[:1]}))
    drain("catalog")
    assert [one["code"] for one in page()["attributes"]] == ["material"]
    assert done(ask("PATCH", "/products/mug", {"name": "Cup"}))["attributes"] == {"material": "stoneware"}


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"attributes": [{**DRINKWARE["attributes"][0], "choices": ["glass"]}]}, "/attributes/0/choices"),
        ({"attributes": [{"code": "capacity", "name": "C", "kind": "text"}]}, "/attributes/0/kind"),
        ({"options": []}, "/options"),
        ({"options": [{"code": "color", "name": "C", "values": ["blue"]}]}, "/options/0/values"),
        (
            {"options": [*DRINKWARE["options"], {"code": "size", "name": "S", "values": ["L"]}]},
            "/options/1",
        ),
    ],
)
def test_a_type_in_use_does_not_shrink(changes, pointer):
    make_mug()
    answer = ask("PATCH", "/product-types/drinkware", changes)
    assert (answer.status_code, answer.json()["code"]) == (409, "catalog.still_used")
    assert [error[0] for error in errors_of(answer)] == [pointer]
    assert Attribute.objects.count() == 2


def test_a_type_that_no_product_has_may_become_anything_and_go():
    done(ask("POST", "/product-types", DRINKWARE), 201)
    seen = send("GET", "/product-types/drinkware").headers["ETag"]
    done(ask("PATCH", "/product-types/drinkware", {"attributes": [], "options": []}, if_match=seen))
    assert ask("PATCH", "/product-types/drinkware", {"name": "Late"}, if_match=seen).status_code == 412
    assert ask("DELETE", "/product-types/drinkware", if_match=seen).status_code == 412
    assert ask("DELETE", "/product-types/drinkware").status_code == 204
    assert ask("DELETE", "/product-types/drinkware").json()["code"] == "catalog.product_type_not_found"


def test_a_type_that_a_product_has_stays():
    make_mug()
    assert ask("DELETE", "/product-types/drinkware").json()["code"] == "catalog.still_used"


def test_a_crashed_creation_is_finished_by_its_repeat():
    """The claim of an Idempotency-Key outlives the crash, and so does the operation's id."""
    from apps.catalog.services.save_product_type import TypeDraft, create_product_type

    operation = uuid7()
    for _ in range(2):
        create_product_type(operation_id=operation, draft=TypeDraft(code="bag", name="Bag"))
    assert ProductType.objects.count() == 1
