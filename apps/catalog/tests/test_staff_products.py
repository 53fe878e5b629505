"""Products in the hands of staff, over HTTP: what each request does, and what each wrong one gets."""

from __future__ import annotations

import pytest

from apps.catalog.models import Product, Redirect, Stock, Variant
from apps.catalog.services.ensure_basics import ensure_basics
from apps.catalog.testing.staff import ask, done, errors_of, make_mug, make_shelf, mug
from shop.testing.http import send
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def basics(database):
    ensure_basics()


def test_a_new_product_is_a_draft_that_only_staff_see():
    make_shelf()
    answer = ask("POST", "/products", mug())
    made = done(answer, 201)
    assert (made["status"], made["revision"], made["attributes"]) == (
        "draft",
        1,
        {"material": "stoneware", "capacity": 350},
    )
    assert [variant["sku"] for variant in made["variants"]] == ["MUG-BLUE", "MUG-RED"]
    assert answer.headers["Location"] == "/api/v1/staff/products/mug"
    assert send("GET", "/products/mug").status_code == 404
    assert send("GET", "/products").json()["data"] == []
    assert done(ask("GET", "/staff/products/mug")) == made
    assert [row["slug"] for row in done(ask("GET", "/staff/products"))["data"]] == ["mug"]
    assert [row["slug"] for row in done(ask("GET", "/staff/products?status=draft"))["data"]] == ["mug"]
    assert done(ask("GET", "/staff/products?status=published"))["data"] == []


def test_a_published_product_shows_all_that_it_is():
    make_mug()
    page = done(send("GET", "/products/mug"))
    assert page["brand"] == {"slug": "harbour", "name": "Harbour"}
    assert page["tags"] == [{"slug": "gift", "name": "Gift"}]
    assert page["product_type"] == "drinkware"
    assert page["attributes"] == [
        {"code": "material", "name": "Material", "kind": "choice", "value": "stoneware", "unit": ""},
        {"code": "capacity", "name": "Capacity", "kind": "number", "value": 350, "unit": "ml"},
    ]
    assert page["options"] == [{"code": "color", "name": "Color", "values": ["blue", "red"]}]
    assert page["seo"] == {"title": "Mug", "description": "Holds coffee."}
    assert [step["slug"] for step in page["categories"]] == ["kitchen", "cups"]


def test_publishing_and_unpublishing_may_be_repeated():
    make_mug()
    assert done(ask("POST", "/products/mug/publish"))["status"] == "published"
    for _ in range(2):
        assert done(ask("POST", "/products/mug/unpublish"))["status"] == "draft"
        assert send("GET", "/products/mug").status_code == 404


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"variants": []}, "/variants", "no_variant"),
        ({"variants": [{"sku": "MUG-BLUE", "options": {"color": "blue"}}]}, "/variants", "no_price"),
        ({"attributes": {"capacity": 350}}, "/attributes/material", "required"),
    ],
)
def test_what_could_not_be_sold_is_not_published(changes, pointer, code):
    make_shelf()
    done(ask("POST", "/products", mug(**changes)), 201)
    answer = ask("POST", "/products/mug/publish")
    assert (answer.status_code, answer.json()["code"]) == (422, "catalog.not_publishable")
    assert errors_of(answer) == [(pointer, code)]
    assert Product.objects.get().status == "draft"


def test_what_is_named_changes_and_the_rest_stays():
    make_mug()
    answer = ask("PATCH", "/products/mug", {"name": "Tall mug", "attributes": {"capacity": 500}, "brand": None})
    changed = done(answer)
    assert (changed["name"], changed["brand"], changed["tags"]) == ("Tall mug", None, ["gift"])
    assert changed["attributes"] == {"material": "stoneware", "capacity": 500}
    assert len(changed["variants"]) == 2
    assert done(send("GET", "/products/mug"))["name"] == "Tall mug"
    assert done(ask("PATCH", "/products/mug", {"attributes": {"capacity": None}}))["attributes"] == {
        "material": "stoneware"
    }


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_editor_who_read_something_older_is_told(method):
    make_mug()
    seen = ask("GET", "/staff/products/mug").headers["ETag"]
    read = send("GET", "/products/mug").headers["ETag"]
    done(ask("PATCH", "/products/mug", {"name": "First"}, if_match=seen))
    body = {"name": "Late"} if method == "PATCH" else None
    for stale in (seen, read, '"r999"', '"other"'):
        assert ask(method, "/products/mug", body, if_match=stale).status_code == 412
    assert Product.objects.get().name == "First"
    fresh = send("GET", "/products/mug").headers["ETag"]
    assert ask(method, "/products/mug", body, if_match=fresh).status_code in (200, 204)


def test_a_removed_product_is_gone_and_its_stock_row_stays():
    make_mug()
    assert ask("DELETE", "/products/mug").status_code == 204
    assert ask("DELETE", "/products/mug").status_code == 404
    assert (Product.objects.count(), Variant.objects.count(), Stock.objects.filter(sellable=True).count()) == (0, 0, 0)
    assert Stock.objects.filter(sku="MUG-BLUE").exists()


# --- slugs ---


def test_an_old_slug_leads_to_the_present_one_however_often_it_changed():
    make_mug()
    for slug, new in (("mug", "cup"), ("cup", "beaker")):
        done(ask("PATCH", f"/products/{slug}", {"slug": new}))
    for old in ("mug", "cup"):
        answer = send("GET", f"/products/{old}?currency=EUR")
        assert (answer.status_code, answer.headers["Location"]) == (301, "/api/v1/products/beaker?currency=EUR")
    assert done(send("GET", "/products/beaker"))["name"] == "Mug"
    done(ask("PATCH", "/products/beaker", {"slug": "mug"}))
    assert send("GET", "/products/mug").status_code == 200
    assert send("GET", "/products/beaker").headers["Location"] == "/api/v1/products/mug"


def test_a_new_product_that_takes_an_old_slug_wins():
    make_mug()
    done(ask("PATCH", "/products/mug", {"slug": "cup"}))
    other = [{"sku": "OTHER", "options": {"color": "red"}, "prices": [{"amount": 1, "currency": "EUR"}]}]
    done(ask("POST", "/products", mug(name="New mug", variants=other)), 201)
    done(ask("POST", "/products/mug/publish"))
    assert done(send("GET", "/products/mug"))["name"] == "New mug"
    assert Redirect.objects.count() == 0


def test_an_old_slug_of_a_draft_or_of_nothing_leads_nowhere():
    make_mug()
    done(ask("PATCH", "/products/mug", {"slug": "cup"}))
    done(ask("POST", "/products/cup/unpublish"))
    assert send("GET", "/products/mug").status_code == 404
    assert ask("DELETE", "/products/cup").status_code == 204
    assert send("GET", "/products/mug").status_code == 404
    assert Redirect.objects.count() == 0


# --- who may, and how often ---


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/products"),
        ("PATCH", "/products/mug"),
        ("DELETE", "/products/mug"),
        ("POST", "/products/mug/publish"),
        ("POST", "/products/mug/unpublish"),
        ("GET", "/staff/products"),
        ("GET", "/staff/products/mug"),
        ("GET", "/products/mug/variants"),
        ("POST", "/products/mug/variants"),
        ("GET", "/products/mug/variants/MUG-BLUE"),
        ("PATCH", "/products/mug/variants/MUG-BLUE"),
        ("DELETE", "/products/mug/variants/MUG-BLUE"),
        ("GET", "/products/mug/variants/MUG-BLUE/prices"),
        ("PUT", "/products/mug/variants/MUG-BLUE/prices"),
        ("POST", "/categories"),
        ("PATCH", "/categories/cups"),
        ("DELETE", "/categories/cups"),
        ("POST", "/brands"),
        ("PATCH", "/brands/harbour"),
        ("DELETE", "/brands/harbour"),
        ("POST", "/tags"),
        ("PATCH", "/tags/gift"),
        ("DELETE", "/tags/gift"),
        ("POST", "/product-types"),
        ("PATCH", "/product-types/drinkware"),
        ("DELETE", "/product-types/drinkware"),
    ],
)
def test_only_staff_with_the_scope_may(method, path):
    assert send(method, path, {}).status_code == 401
    assert send(method, path, {}, authorization=bearer("customer")).status_code == 403
    assert ask(method, path, {}, scopes=("orders:fulfil", "stock:write")).status_code == 403


def test_prices_of_new_variants_need_their_own_scope():
    make_shelf()
    answer = ask("POST", "/products", mug(), scopes=("catalog:write",))
    assert (answer.status_code, Product.objects.count()) == (403, 0)
    bare = [{"sku": "MUG-BLUE", "options": {"color": "blue"}}]
    done(ask("POST", "/products", mug(variants=bare), scopes=("catalog:write",)), 201)


def test_a_repeated_request_makes_one_product():
    make_shelf()
    token = bearer("staff", scopes=("catalog:write", "prices:write"))
    first, again = (send("POST", "/products", mug(), authorization=token, idempotency_key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert again.json() == first.json()
    assert Product.objects.count() == 1


# --- what is wrong ---


def wrong(**changes):
    pointer, code = changes.pop("at"), changes.pop("code")
    return pytest.param(changes, pointer, code, id=f"{pointer} {code}")


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        wrong(slug="a b", at="/slug", code="invalid"),
        wrong(slug="x" * 121, at="/slug", code="invalid"),
        wrong(slug={"$gt": ""}, at="/slug", code="invalid"),
        wrong(slug=None, at="/slug", code="null"),
        wrong(name="", at="/name", code="blank"),
        wrong(name="x" * 10_000, at="/name", code="max_length"),
        wrong(name=5, at="/name", code="invalid"),
        wrong(colour="red", at="/colour", code="unknown_field"),
        wrong(category="nowhere", at="/category", code="unknown"),
        wrong(brand="nobody", at="/brand", code="unknown"),
        wrong(tags=["gift", "nothing"], at="/tags/1", code="unknown"),
        wrong(tags="gift", at="/tags", code="not_a_list"),
        wrong(tax_class="none", at="/tax_class", code="unknown"),
        wrong(product_type="none", at="/product_type", code="unknown"),
        wrong(attributes={"material": "gold"}, at="/attributes/material", code="not_a_choice"),
        wrong(attributes={"capacity": "350"}, at="/attributes/capacity", code="not_a_number"),
        wrong(attributes={"capacity": True}, at="/attributes/capacity", code="not_a_number"),
        wrong(attributes={"capacity": 10**15}, at="/attributes/capacity", code="too_large"),
        wrong(attributes={"weight": 1}, at="/attributes/weight", code="unknown_attribute"),
        wrong(attributes={"a/b": 1}, at="/attributes/a~1b", code="unknown_attribute"),
        wrong(attributes=[1], at="/attributes", code="not_a_dict"),
        wrong(product_type=None, at="/attributes/capacity", code="unknown_attribute"),
        wrong(variants=[{"sku": "A", "options": {}}], at="/variants/0/options/color", code="required"),
        wrong(
            variants=[{"sku": "A", "options": {"color": "pink"}}], at="/variants/0/options/color", code="not_a_choice"
        ),
        wrong(
            variants=[{"sku": "A", "options": {"color": "red", "size": "L"}}],
            at="/variants/0/options/size",
            code="unknown_option",
        ),
        wrong(variants=[{"sku": "A B", "options": {"color": "red"}}], at="/variants/0/sku", code="invalid"),
        wrong(variants=[{"sku": "A", "options": {"color": 5}}], at="/variants/0/options/color", code="invalid"),
        wrong(
            variants=[{"sku": "A", "options": {"color": "red"}}, {"sku": "A", "options": {"color": "blue"}}],
            at="/variants/1/sku",
            code="twice",
        ),
        wrong(
            variants=[{"sku": "A", "options": {"color": "red"}}, {"sku": "B", "options": {"color": "red"}}],
            at="/variants/1/options",
            code="twice",
        ),
        wrong(
            variants=[{"sku": "A", "options": {"color": "red"}, "prices": [{"amount": -1, "currency": "EUR"}]}],
            at="/variants/0/prices/0",
            code="range",
        ),
        wrong(
            variants=[{"sku": "A", "options": {"color": "red"}, "prices": [{"amount": 1, "currency": "GBP"}]}],
            at="/variants/0/prices/0",
            code="not_sold",
        ),
    ],
)
def test_wrong_values_are_told_by_their_place(changes, pointer, code):
    make_shelf()
    answer = ask("POST", "/products", mug(**changes))
    assert answer.status_code == 422, answer.content
    assert (pointer, code) in errors_of(answer)
    assert Product.objects.count() == 0


def test_a_slug_and_a_sku_that_are_taken_are_told():
    make_mug()
    answer = ask("POST", "/products", mug(variants=[]))
    assert (answer.status_code, answer.json()["code"], errors_of(answer)) == (
        409,
        "catalog.taken",
        [("/slug", "taken")],
    )
    answer = ask("POST", "/products", mug(slug="cup"))
    assert errors_of(answer) == [("/variants/0/sku", "taken"), ("/variants/1/sku", "taken")]
    assert Product.objects.count() == 1


def test_a_product_on_sale_keeps_stating_what_its_type_requires():
    make_mug()
    answer = ask("PATCH", "/products/mug", {"attributes": {"material": None}})
    assert (answer.status_code, errors_of(answer)) == (422, [("/attributes/material", "required")])


def test_another_type_must_fit_the_variants():
    make_mug()
    bottle = {"code": "bottle", "name": "Bottle", "options": [{"code": "size", "name": "Size", "values": ["S"]}]}
    done(ask("POST", "/product-types", bottle), 201)
    answer = ask("PATCH", "/products/mug", {"product_type": "bottle"})
    assert answer.status_code == 422
    assert ("/variants/0/options/color", "unknown_option") in errors_of(answer)
    assert done(ask("PATCH", "/products/mug", {"product_type": None}))["attributes"] == {}


@pytest.mark.parametrize(
    "path", ["/staff/products?status=lost", "/staff/products?limit=0", "/staff/products?include=x"]
)
def test_wrong_questions_are_told(path):
    assert ask("GET", path).status_code == 422


def test_the_list_of_staff_goes_page_by_page():
    make_shelf()
    for number in range(3):
        done(ask("POST", "/products", mug(slug=f"mug-{number}", variants=[])), 201)
    for base in ("/staff/products?limit=2", "/staff/products?limit=2&status=draft"):
        first = ask("GET", base)
        assert first.headers["Link"].endswith('rel="next"')
        second = done(ask("GET", f"{base}&after={first.json()['next_cursor']}"))
        assert [row["slug"] for row in first.json()["data"] + second["data"]] == ["mug-2", "mug-1", "mug-0"]
