"""The merchandiser's pages for types, typed products, sales, brands and tags."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import strip_tags
from PIL import Image

from apps.catalog.models import Brand, Category, Picture, Price, Product, ProductType, Tag, Variant
from apps.catalog.services.ensure_basics import ensure_basics
from apps.catalog.testing.staff import ask, done, make_mug, make_shelf
from shop import clock
from shop.ids import uuid7
from shop.testing.forms import nested_links, shown_form

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def client(database) -> Client:
    ensure_basics()
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("boss@example.com", "secret-enough"))
    return client


def url(model, action: str, *args) -> str:
    return reverse(f"admin:catalog_{model._meta.model_name}_{action}", args=args)


def as_sent(answer) -> dict[str, Any]:
    """The form of a page as a browser sends it back."""
    forms = [answer.context["adminform"].form]
    for inline in answer.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    sent = {}
    for form in forms:
        for bound in form:
            value = bound.value()
            widget = bound.field.widget
            if hasattr(widget, "widgets_names"):
                parts = widget.decompress(value) if value else [None, None]
                for name, inner, part in zip(widget.widgets_names, widget.widgets, parts, strict=True):
                    sent[f"{bound.html_name}{name}"] = inner.format_value(part) or ""
            elif hasattr(widget, "check_test"):
                sent |= {bound.html_name: "on"} if value else {}
            elif value is not None:
                sent[bound.html_name] = str(value) if isinstance(value, bool) else value
    return sent


def change(client, model, row, changes, expected=302) -> Any:
    page = url(model, "change", row.pk)
    answer = client.post(page, {**as_sent(client.get(page)), **changes})
    assert answer.status_code == expected, answer.context["errors"] if answer.context else answer
    return answer


def mug() -> dict[str, Any]:
    return done(Client().get("/api/v1/products/mug"))


def test_a_product_has_a_field_for_each_attribute_and_option_of_its_type(client):
    make_mug()
    page = client.get(url(Product, "change", Product.objects.get().pk)).content.decode()
    assert "Capacity (ml)" in page
    assert 'name="variants-0-options_color"' in page
    change(client, Product, Product.objects.get(), {"attributes_capacity": "500", "attributes_material": "glass"})
    assert [one["value"] for one in mug()["attributes"]] == ["glass", 500]
    blue = change(client, Product, Product.objects.get(), {"variants-0-options_color": "green"})
    assert blue.status_code == 302
    assert mug()["variants"][0]["options"] == {"color": "green"}
    assert mug()["tags"] == [{"slug": "gift", "name": "Gift"}]


def test_what_the_services_refuse_stands_at_its_field_and_nothing_typed_is_lost(client):
    make_mug()
    product = Product.objects.get()
    answer = change(client, Product, product, {"attributes_material": "", "name": "Typed for long"}, 200)
    form = answer.context["adminform"].form
    assert form.errors["attributes_material"] == ["Material must be stated."]
    assert form["name"].value() == "Typed for long"
    assert Product.objects.get().name == "Mug"


def test_a_new_product_shows_the_fields_of_the_type_that_was_chosen(client):
    make_shelf()
    assert "Capacity (ml)" not in client.get(url(Product, "add")).content.decode()
    answer = client.get(url(Product, "add") + "?product_type=drinkware")
    assert "Capacity (ml)" in answer.content.decode()
    sent = as_sent(answer) | {
        "name": "Mug",
        "slug": "mug",
        "status": "published",
        "category": str(Category.objects.get(slug="cups").pk),
        "attributes_material": "glass",
        "variants-0-sku": "MUG-RED",
        "variants-0-options_color": "red",
        "variants-0-price_eur": "9.00",
    }
    answer = client.post(url(Product, "add") + "?product_type=drinkware", sent)
    assert answer.status_code == 302, answer.context["errors"]
    assert (mug()["product_type"], mug()["attributes"][0]["value"]) == ("drinkware", "glass")


def test_choosing_the_type_of_a_new_product_is_left_to_a_script_that_knows_a_choice_from_a_page_being_loaded(client):
    page = client.get(url(Product, "add")).content.decode()

    assert "catalog/product_type.js" in page
    [select] = re.findall(r'<select name="product_type"[^>]*>', page)
    assert "data-shows-its-fields" in select
    assert "onchange" not in page


def test_what_was_written_before_the_type_was_chosen_is_kept(client):
    make_shelf()
    cups = Category.objects.get(slug="cups").pk
    written = {"product_type": "drinkware", "name": "Mug", "slug": "m", "category": cups}
    answer = client.get(url(Product, "add"), written)

    sent = as_sent(answer)
    assert (sent["product_type"], sent["name"], sent["slug"]) == ("drinkware", "Mug", "m")
    assert f'<option value="{cups}" selected>' in answer.content.decode()


def test_tags_and_videos_of_before_the_type_was_chosen_are_kept(client):
    make_shelf()
    ids = [str(uuid7()) for _ in range(3)]
    for number, pk in enumerate(ids):
        Tag.objects.create(id=pk, slug=f"tag-{number}", name=f"Tag {number}")
    videos = "https://videos.example.com/1 Wheel\nhttps://videos.example.com/2"
    written = {"product_type": "drinkware", "tags": [ids[0], ids[2], "none"], "videos": videos}
    page = client.get(url(Product, "add"), written)

    ticked = re.findall(r'<input type="checkbox" name="tags" value="([^"]*)"[^>]* checked>', page.content.decode())
    assert (ticked, as_sent(page)["videos"]) == ([ids[0], ids[2]], videos)


@pytest.mark.parametrize("asked", [{"product_type": "x"}, {"category": "x"}, {"tax_class": "\0"}, {"brand": "x,y"}])
def test_an_address_of_the_form_that_nobody_made_is_no_crash(client, asked):
    assert client.get(url(Product, "add"), asked).status_code in (200, 400)


def test_a_product_with_a_type_is_saved_as_its_page_shows_it(client):
    make_mug()
    page = url(Product, "change", Product.objects.get().pk)
    sent = shown_form(client.get(page), "product_form")
    assert (sent["variants-0-price_eur"], sent["variants-2-sku"]) == ("12.00", "")

    answer = client.post(page, {**sent, "variants-0-price_eur": "12.50"})

    assert answer.status_code == 302, answer.context["errors"]
    assert [one["sku"] for one in mug()["variants"]] == ["MUG-BLUE", "MUG-RED"]
    assert mug()["variants"][0]["prices"]["EUR"]["amount"] == 1250


def test_who_may_only_look_sees_all_of_a_product(database):
    ensure_basics()
    make_mug(videos=[{"url": "https://videos.example.com/1", "title": "Wheel"}])
    packer = get_user_model().objects.create_user("packer@example.com", "a long pass phrase", is_staff=True)
    packer.grants.create(role="fulfilment", granted_by="test")
    looker = Client()
    looker.force_login(packer)

    page = looker.get(url(Product, "change", Product.objects.get().pk))

    assert page.status_code == 200
    text = re.sub(r"\s+", " ", strip_tags(page.content.decode()))
    assert "Material: stoneware" in text
    assert "Capacity (ml): 350" in text
    assert "https://videos.example.com/1 Wheel" in text
    assert "color: blue 0 12.00 EUR" in text
    assert "Gift" in text
    assert 'name="_save"' not in page.content.decode()


def test_a_file_that_is_no_picture_is_refused_without_a_word_of_its_size(client):
    make_mug()
    page = url(Product, "change", Product.objects.get().pk)
    file = SimpleUploadedFile("bad.png", b"no picture", "image/png")

    answer = client.post(page, {**shown_form(client.get(page), "product_form"), "pictures-0-file": file})

    assert answer.status_code == 200
    assert "Send a JPEG, PNG, WebP, GIF or AVIF." in answer.content.decode()
    assert "None" not in strip_tags(answer.content.decode())


def test_a_sale_is_planned_on_the_page_of_its_variant(client):
    make_mug()
    variant = Variant.objects.get(sku="MUG-BLUE")
    until = clock.now() + timedelta(days=2)
    sale = {
        "prices-TOTAL_FORMS": 2,
        "prices-1-currency": "EUR",
        "prices-1-amount": "9.99",
        "prices-1-ends_at_0": until.date().isoformat(),
        "prices-1-ends_at_1": until.time().isoformat("seconds"),
    }
    change(client, Variant, variant, sale)
    assert mug()["variants"][0]["prices"]["EUR"]["amount"] == 999
    assert mug()["variants"][0]["regular"]["EUR"]["amount"] == 1200
    stale = as_sent(client.get(url(Variant, "change", variant.pk)))
    change(client, Variant, variant, {"prices-0-amount": "13.00"})
    answer = client.post(url(Variant, "change", variant.pk), stale)
    assert "changed by somebody else" in answer.content.decode()
    assert sorted(Price.objects.filter(variant=variant).values_list("amount_minor", flat=True)) == [999, 1300]
    change(client, Variant, variant, {"prices-0-amount": "13.001"}, 200)


def test_a_type_is_made_and_changed_with_its_attributes_and_options(client):
    ensure_basics()
    sent = as_sent(client.get(url(ProductType, "add"))) | {
        "code": "vase",
        "name": "Vase",
        "attributes-0-code": "height",
        "attributes-0-name": "Height",
        "attributes-0-kind": "number",
        "attributes-0-unit": "cm",
        "attributes-0-filterable": "on",
        "options-0-code": "color",
        "options-0-name": "Color",
        "options-0-values": "blue\n\n red ",
    }
    answer = client.post(url(ProductType, "add"), sent)
    assert answer.status_code == 302, answer.context["errors"]
    made = done(Client().get("/api/v1/product-types/vase"))
    assert made["options"] == [{"code": "color", "name": "Color", "values": ["blue", "red"]}]
    assert made["attributes"][0]["unit"] == "cm"
    answer = change(client, ProductType, ProductType.objects.get(), {"attributes-0-kind": "text"}, 200)
    assert "Only a number has a unit" in answer.content.decode()
    change(client, ProductType, ProductType.objects.get(), {"attributes-0-name": "Tallness"})
    assert done(Client().get("/api/v1/product-types/vase"))["attributes"][0]["name"] == "Tallness"
    assert client.post(url(ProductType, "delete", "vase"), {"post": "yes"}).status_code == 302
    assert ProductType.objects.count() == 0


@pytest.mark.parametrize(("model", "kind"), [(Brand, "brands"), (Tag, "tags")])
def test_labels_are_made_changed_and_removed(client, model, kind):
    answer = client.post(url(model, "add"), {"name": "Harbour", "slug": "harbour", "description": "x"})
    assert answer.status_code == 302, answer.context["errors"]
    change(client, model, model.objects.get(), {"name": "Port"})
    assert done(Client().get(f"/api/v1/{kind}/harbour"))["name"] == "Port"
    assert client.post(url(model, "delete", model.objects.get().pk), {"post": "yes"}).status_code == 302
    assert model.objects.count() == 0


def test_what_is_used_is_not_removed(client):
    make_mug()
    for model in (Brand, Tag, ProductType, Category):
        client.post(url(model, "delete", model.objects.first().pk), {"post": "yes"})
    assert [model.objects.count() for model in (Brand, Tag, ProductType, Category)] == [1, 1, 1, 2]
    assert ask("GET", "/staff/products/mug").status_code == 200


def test_a_picture_of_the_list_leads_to_its_row_and_to_itself(client):
    make_mug()
    page = url(Product, "change", Product.objects.get().pk)
    content = BytesIO()
    Image.new("RGB", (8, 8)).save(content, "PNG")
    file = SimpleUploadedFile("mug.png", content.getvalue(), "image/png")
    client.post(page, {**shown_form(client.get(page), "product_form"), "pictures-0-file": file})

    listed = client.get(url(Picture, "changelist"))

    assert nested_links(listed) == 0
    assert f'<a href="{url(Picture, "change", Picture.objects.get().pk)}">' in listed.content.decode()
