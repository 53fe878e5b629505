"""Making and changing products and categories, and the documents that follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest
from django.core.files.storage import default_storage

from apps.catalog import api as catalog
from apps.catalog.contracts import CategoryNotFound, ProductNotFound, StaleProduct, StillUsed, StockLine, Taken
from apps.catalog.demo.pictures import draw
from apps.catalog.models import Category, Picture, Price, Product, ShelfRow, Stock, Variant
from apps.catalog.services import render_product as render_product_module
from apps.catalog.services.add_picture import add_picture
from apps.catalog.services.change_picture import change_picture
from apps.catalog.services.delete_product import delete_product
from apps.catalog.services.gather import gather
from apps.catalog.services.publish_product import publish_product
from apps.catalog.services.receive_stock import receive_stock
from apps.catalog.services.remove_picture import remove_picture
from apps.catalog.services.render_product import render_due_products, render_product
from apps.catalog.services.save_category import CategoryDraft, delete_category, save_category
from apps.catalog.services.save_product import VariantDraft, save_product
from apps.catalog.testing.make import draft_of, make_category, make_product, numbers
from shop import clock
from shop.errors import Invalid
from shop.ids import uuid7
from shop.money import Money
from shop.testing.drain import drain

pytestmark = pytest.mark.usefixtures("database")


def page(slug: str = "mug"):
    return msgspec.json.decode(Product.objects.get(slug=slug).page)


def card(slug: str = "mug"):
    return msgspec.json.decode(Product.objects.get(slug=slug).card)


def shelves(slug: str = "mug") -> set[str]:
    return set(ShelfRow.objects.filter(product__slug=slug).values_list("category__slug", flat=True))


def save(product_id, draft, **kwargs):
    save_product(product_id=product_id, draft=draft, **kwargs)


# --- saving ---


def test_a_changed_product_is_shown_changed_at_once():
    product_id = make_product(stock={"MUG-BLUE": 5})
    draft = draft_of("mug", {"MUG-BLUE": Money(1500, "EUR"), "MUG-RED": Money(1400, "EUR")})
    save(product_id, replace(draft, name="Tall Mug", description="Taller."))
    assert (page()["name"], page()["description"]) == ("Tall Mug", "Taller.")
    assert card()["prices"] == {"EUR": {"amount": 1400, "currency": "EUR"}}
    assert [variant["sku"] for variant in page()["variants"]] == ["MUG-BLUE", "MUG-RED"]
    assert catalog.get_offers(skus=("MUG-BLUE",), currency="EUR")[0].name == "Tall Mug, blue"
    assert numbers("MUG-RED") == (0, 0, 0)
    assert Product.objects.get().revision == 3  # made, published, changed


def test_variants_that_are_left_out_go_and_their_stock_and_ledger_stay():
    product_id = make_product(stock={"MUG-BLUE": 5, "MUG-RED": 2})
    save(product_id, draft_of("mug", {"MUG-BLUE": Money(1200, "EUR")}))
    assert list(Variant.objects.values_list("sku", flat=True)) == ["MUG-BLUE"]
    assert Stock.objects.get(sku="MUG-RED").sellable is False
    assert numbers("MUG-RED") == (2, 0, 0)
    save(product_id, draft_of("mug", dict.fromkeys(("MUG-BLUE", "MUG-RED"), Money(1200, "EUR"))))
    assert [offer.available for offer in catalog.get_offers(skus=("MUG-RED",), currency="EUR")] == [2]


def test_prices_are_made_what_the_draft_says_and_scheduled_ones_stay():
    product_id = make_product(stock={"MUG-BLUE": 5}, price=Money(1200, "EUR"))
    sale = Price.objects.create(
        variant=Variant.objects.get(), currency="EUR", amount_minor=900, valid_from=clock.now() + timedelta(days=1)
    )
    draft = draft_of("mug", {"MUG-BLUE": Money(0, "EUR")})
    both = replace(draft, variants=(replace(draft.variants[0], prices=(Money(1300, "EUR"), Money(2000, "JPY"))),))
    save(product_id, both)
    standing = Price.objects.exclude(pk=sale.pk).order_by("currency").values_list("currency", "amount_minor")
    assert list(standing) == [("EUR", 1300), ("JPY", 2000)]
    save(product_id, replace(draft, variants=(VariantDraft("MUG-BLUE", ()),)))
    assert list(Price.objects.values_list("pk", flat=True)) == [sale.pk]


def test_only_the_latest_revision_is_changed():
    product_id = make_product()
    draft = draft_of("mug", {"MUG-BLUE": Money(1, "EUR")})
    save(product_id, draft, revision=2)
    with pytest.raises(StaleProduct) as refusal:
        save(product_id, replace(draft, name="Late"), revision=2)
    assert refusal.value.params == {"revision": 3}
    assert Product.objects.get().name == "Mug"


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"slug": "other"}, "/slug"),
        ({"variants": (VariantDraft("OTHER", ()),)}, "/variants/0/sku"),
        ({"variants": (VariantDraft("A", ()), VariantDraft("A", (), {"size": "L"}))}, "/variants/1/sku"),
        ({"variants": (VariantDraft("A", ()), VariantDraft("B", ()))}, "/variants/1/options"),
        ({"variants": (VariantDraft("A", (Money(1, "EUR"), Money(2, "EUR"))),)}, "/variants/0/prices"),
        ({"variants": (VariantDraft("A", (Money(-1, "EUR"),)),)}, "/variants/0/prices"),
    ],
)
def test_what_cannot_be_is_refused_and_named(change, pointer):
    make_product("other", stock={"OTHER": 1})
    product_id = make_product()
    with pytest.raises((Invalid, Taken)) as refusal:
        save(product_id, replace(draft_of("mug", {"MUG-BLUE": Money(1, "EUR")}), **change))
    assert refusal.value.errors[0].pointer == pointer
    assert page()["prices"] == {"EUR": {"amount": 1200, "currency": "EUR"}}


def test_publishing_what_is_not_there_is_refused():
    with pytest.raises(ProductNotFound):
        publish_product(product_id=uuid7())


def test_a_deleted_product_is_gone_and_its_units_cannot_be_bought():
    product_id = make_product(stock={"MUG-BLUE": 5})
    assert delete_product(product_id=product_id) is True
    assert delete_product(product_id=product_id) is False
    assert Variant.objects.count() == Price.objects.count() == ShelfRow.objects.count() == 0
    assert Stock.objects.get().sellable is False


# --- availability ---


def test_the_flag_follows_the_stock_across_zero_and_only_then():
    make_product(stock={"MUG-BLUE": 2})
    drain("catalog")
    assert card()["available"] is True
    order = uuid7()
    catalog.reserve_stock(order_id=uuid7(), lines=(StockLine("MUG-BLUE", 1),), hold_seconds=60)
    assert drain("catalog") == 0
    catalog.reserve_stock(order_id=order, lines=(StockLine("MUG-BLUE", 1),), hold_seconds=60)
    assert card()["available"] is True
    assert drain("catalog") > 0
    assert (card()["available"], page()["variants"][0]["available"]) == (False, False)
    catalog.release_reservation(order_id=order)
    drain("catalog")
    assert card()["available"] is True


def test_news_of_a_product_that_is_gone_does_no_harm():
    product_id = make_product(stock={"MUG-BLUE": 0})
    receive_stock(sku="MUG-BLUE", quantity=1, reason="test")
    delete_product(product_id=product_id)
    assert drain("catalog") > 0


def test_a_rendering_that_somebody_overtook_is_done_again(monkeypatch):
    """As PostgreSQL lets it happen: another commit between the read and the write of one transaction."""
    product_id = make_product(stock={"MUG-BLUE": 1})
    calls = []

    def overtaken(product_ids):
        calls.append(product_ids)
        found = gather(product_ids)
        if len(calls) == 1:
            Product.objects.filter(pk=product_id).update(name="Newer", changed=uuid7())
        return found

    monkeypatch.setattr(render_product_module, "gather", overtaken)
    render_product(product_id=product_id)
    assert page()["name"] == "Newer"
    assert len(calls) == 2


def test_documents_follow_when_a_sale_starts():
    product_id = make_product(stock={"MUG-BLUE": 1}, price=Money(1200, "EUR"))
    starts = clock.now() + timedelta(hours=1)
    Price.objects.create(variant=Variant.objects.get(), currency="EUR", amount_minor=900, valid_from=starts)
    render_product(product_id=product_id)
    assert render_due_products(limit=10) == 0
    with clock.shifted(timedelta(hours=2)):
        assert render_due_products(limit=10) == 1
        assert render_due_products(limit=10) == 0
    assert card()["prices"]["EUR"]["amount"] == 900


# --- pictures ---


def test_a_picture_is_shown_changed_and_removed():
    product_id, picture_id = make_product(), uuid7()
    for _ in range(2):
        add_picture(picture_id=picture_id, product_id=product_id, content=draw("x"), alt="A mug")
    stored = str(Picture.objects.get().file.name)
    assert default_storage.exists(stored)
    picture = {"url": f"/media/{stored}", "alt": "A mug", "width": 480, "height": 480, "srcset": []}
    assert page()["pictures"] == [picture]
    assert card()["picture"] == picture
    change_picture(picture_id=picture_id, product_id=product_id, alt="Cup", position=1)
    assert page()["pictures"] == [{**picture, "alt": "Cup"}]
    remove_picture(picture_id=picture_id, product_id=product_id)
    assert (page()["pictures"], card()["picture"]) == ([], None)


def test_a_picture_of_nothing_is_refused():
    with pytest.raises(ProductNotFound):
        add_picture(picture_id=uuid7(), product_id=uuid7(), content=draw("x"))


# --- the tree ---


def test_a_moved_category_takes_its_products_along():
    kitchen, living = make_category("kitchen"), make_category("living")
    drinkware = make_category("drinkware", parent=kitchen)
    mugs = make_category("mugs", parent=drinkware)
    make_product(category=mugs)
    assert shelves() == {"kitchen", "drinkware", "mugs"}
    save_category(category_id=drinkware, draft=CategoryDraft(slug="drinkware", name="Cups", parent_id=living))
    assert Category.objects.get(slug="mugs").line() == (living, drinkware, mugs)
    assert set(Category.objects.get(slug="living").subtree().values_list("slug", flat=True)) == {
        "living",
        "drinkware",
        "mugs",
    }
    drain("catalog")
    assert shelves() == {"living", "drinkware", "mugs"}
    assert [step["name"] for step in page()["categories"]] == ["Living", "Cups", "Mugs"]


def test_a_category_cannot_stand_below_itself_or_nothing_or_take_a_slug():
    kitchen = make_category("kitchen")
    mugs = make_category("mugs", parent=kitchen)
    for parent in (kitchen, mugs):
        with pytest.raises(Invalid):
            save_category(category_id=kitchen, draft=CategoryDraft(slug="kitchen", name="K", parent_id=parent))
    with pytest.raises(CategoryNotFound):
        save_category(category_id=kitchen, draft=CategoryDraft(slug="kitchen", name="K", parent_id=uuid7()))
    with pytest.raises(Taken):
        save_category(category_id=uuid7(), draft=CategoryDraft(slug="mugs", name="M"))


def test_the_tree_has_an_end(monkeypatch):
    monkeypatch.setattr("apps.catalog.services.save_category.MAX_DEPTH", 2)
    middle = make_category("b", parent=make_category("a"))
    with pytest.raises(Invalid):
        make_category("c", parent=middle)
    chain = make_category("x")
    make_category("y", parent=chain)
    with pytest.raises(Invalid):
        save_category(
            category_id=chain, draft=CategoryDraft(slug="x", name="X", parent_id=Category.objects.get(slug="a").pk)
        )


def test_only_an_empty_category_is_removed():
    kitchen = make_category("kitchen")
    mugs = make_category("mugs", parent=kitchen)
    product_id = make_product(category=mugs)
    for category in (kitchen, mugs):
        with pytest.raises(StillUsed):
            delete_category(category_id=category)
    delete_product(product_id=product_id)
    delete_category(category_id=mugs)
    delete_category(category_id=kitchen)
    assert Category.objects.count() == 0


def test_one_product_that_cannot_be_rendered_does_not_keep_the_others(monkeypatch, caplog):
    broken = make_product("broken", stock={"BROKEN": 1})
    make_product("mug", stock={"MUG-BLUE": 1})
    Product.objects.update(render_due=clock.now())

    def gather_some(ids):
        if broken in ids:
            raise KeyError("its category")
        return gather(ids)

    monkeypatch.setattr(render_product_module, "gather", gather_some)
    assert render_due_products(limit=10) == 1
    assert list(Product.objects.filter(render_due__isnull=False).values_list("slug", flat=True)) == ["broken"]
    assert "cannot be rendered" in caplog.text
