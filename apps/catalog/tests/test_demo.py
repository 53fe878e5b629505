"""The demo shop and the bulk import: the same every time, never twice, and fit to be sold."""

from __future__ import annotations

import io

import msgspec
import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from PIL import Image

from apps.catalog import api as catalog
from apps.catalog import demo
from apps.catalog.demo.pictures import draw
from apps.catalog.models import Category, Picture, Price, Product, ShelfRow, Stock, StockMovement
from apps.catalog.rules import Kind
from apps.catalog.services.import_products import ProductImport, import_products
from apps.catalog.services.render_product import render_products
from apps.catalog.testing.facts import facts
from apps.catalog.testing.make import draft_of, make_category, make_product, numbers
from shop.money import Money

pytestmark = pytest.mark.usefixtures("database")


def rows() -> list[int]:
    return [model.objects.count() for model in (Category, Product, Price, Picture, ShelfRow, Stock, StockMovement)]


def test_the_demo_shop_is_complete_and_a_repeat_changes_nothing(monkeypatch):
    monkeypatch.setattr("apps.catalog.demo.pictures.draw", lambda slug: slug.encode())
    demo.seed()
    before = rows()
    assert Product.objects.count() >= 200
    assert max(category.depth for category in Category.objects.all()) == 3
    assert [numbers(sku) for sku in ("MUG-BLUE", "MUG-RED", "LAMP-LAST")] == [(25, 0, 0), (2, 0, 0), (1, 0, 0)]
    [mug] = catalog.get_offers(skus=("MUG-BLUE",), currency="EUR")
    assert (mug.product_slug, mug.name, mug.price) == ("mug", "Mug, blue", Money(1200, "EUR"))
    page = msgspec.json.decode(Product.objects.get(slug="mug").page)
    assert sorted(page["prices"]) == ["EUR", "JPY", "USD"]
    assert (page["brand"]["name"], page["product_type"], page["tags"][0]["slug"]) == ("Harbour", "drinkware", "gift")
    assert page["attributes"][1] == {
        "code": "capacity",
        "name": "Capacity",
        "kind": "number",
        "value": 350,
        "unit": "ml",
    }
    assert default_storage.exists(str(Product.objects.get(slug="mug").pictures.get().file.name))
    assert all(row["available"] == row["received"] == row["ledger_available"] for row in facts()["stock"].values())
    demo.seed()
    assert rows() == before


def test_the_demo_shop_has_sales_and_every_kind_of_attribute(monkeypatch):
    monkeypatch.setattr("apps.catalog.demo.pictures.draw", lambda slug: slug.encode())
    demo.seed()
    pages = [msgspec.json.decode(page) for page in Product.objects.values_list("page", flat=True)]
    on_sale = [page for page in pages if page["regular"]]
    assert 10 <= len(on_sale) <= len(pages) / 3
    assert all(
        page["regular"][code]["amount"] > page["prices"][code]["amount"] for page in on_sale for code in page["regular"]
    )
    assert {one["kind"] for page in pages for one in page["attributes"]} == {kind.value for kind in Kind}
    render_products(product_ids=[page["id"] for page in on_sale[:3]])
    again = Product.objects.filter(pk__in=[page["id"] for page in on_sale[:3]]).values_list("page", flat=True)
    assert sorted(again) == sorted(msgspec.json.encode(page).decode() for page in on_sale[:3])


def test_many_products_come_in_batches_and_a_repeat_makes_only_what_is_missing():
    told: list[int] = []
    assert demo.grow(25, told.append) == 25
    assert told == [25]
    assert demo.grow(30, told.append) == 5
    assert Product.objects.filter(slug="bulk-30").exists()


def test_progress_is_told_after_every_batch():
    make_category()
    products = [ProductImport(draft=draft_of(f"p-{i}", {f"P-{i}": Money(100, "EUR")})) for i in range(5)]
    told: list[int] = []
    assert import_products(products, reason="test", batch=2, progress=told.append) == 5
    assert told == [2, 4, 5]


def test_what_is_imported_is_what_the_services_would_have_made():
    skus = {"MUG-BLUE": Money(1200, "EUR"), "MUG-RED": Money(1300, "EUR")}
    make_category()
    import_products([ProductImport(draft=draft_of("mug", skus), stock={"MUG-BLUE": 3})], reason="test")
    product = Product.objects.get()
    documents = (product.card, product.page, product.page_etag, product.available)
    shelves = set(ShelfRow.objects.values_list("category_id", "product_id", "shelved", "sort_name"))
    render_products(product_ids=[product.pk])
    again = Product.objects.get()
    assert (again.card, again.page, again.page_etag, again.available) == documents
    assert set(ShelfRow.objects.values_list("category_id", "product_id", "shelved", "sort_name")) == shelves
    assert numbers("MUG-RED") == (0, 0, 0)


def test_a_product_that_is_there_already_is_left_alone():
    make_product("mug", stock={"MUG-BLUE": 5})
    one = ProductImport(draft=draft_of("mug", {"MUG-BLUE": Money(1, "EUR")}), stock={"MUG-BLUE": 9})
    assert import_products([one], reason="test") == 0
    assert numbers("MUG-BLUE") == (5, 0, 0)


def test_a_picture_is_the_same_for_the_same_name():
    assert draw("mug") == draw("mug") != draw("pot")
    with Image.open(io.BytesIO(draw("mug"))) as picture:
        assert (picture.format, picture.size) == ("WEBP", (480, 480))


def test_the_command_makes_products_and_says_how_many(capsys):
    call_command("seed", products=3)
    assert capsys.readouterr().out.startswith("3 products made in ")


@pytest.mark.parametrize("count", [0, -5])
def test_the_command_refuses_no_products(count):
    with pytest.raises(CommandError):
        call_command("seed", products=count)


def test_the_demo_shop_is_for_the_embedded_mode_only(settings):
    settings.SHOP_EMBEDDED = False
    with pytest.raises(CommandError):
        call_command("seed")
    assert Product.objects.count() == 0
