"""The admin in a real browser: what its scripts do to a form is done."""

from __future__ import annotations

from tests.browser.conftest import Person
from tests.buyer import ask
from tests.harness.shop import Shop

ADD = "/admin/catalog/product/add/"


def test_a_product_is_made_from_an_empty_form_and_its_price_is_changed(
    person: Person, merchandiser: str, shop: Shop
) -> None:
    shop.call("tests.goods.typed_shelf")
    loads: list[str] = []
    person.log_in("/admin/", merchandiser, "username")
    page = person.page
    page.on("load", lambda loaded: loads.append(loaded.url))

    person.open(ADD)
    page.fill("#id_name", "Mug")
    page.press("#id_name", "Tab")
    for tag in ("Gift", "New"):
        page.check(f"#id_tags >> text={tag}")
    page.fill("#id_videos", "https://videos.example.com/1 Wheel")
    page.select_option("#id_product_type", "drinkware")
    page.locator("#id_attributes_capacity").wait_for()
    page.wait_for_load_state()
    assert len(loads) == 2, loads  # of the empty form, and of that with the fields of the type
    assert (page.input_value("#id_name"), page.input_value("#id_slug")) == ("Mug", "mug")
    assert page.locator("#id_tags input:checked").count() == 2
    page.fill("#id_attributes_capacity", "350")
    page.click("#id_category + .select2 .select2-selection")
    page.fill(".select2-search__field", "Cup")
    page.click(".select2-results__option >> text=Cups")
    page.select_option("#id_status", "published")
    page.fill("#id_variants-0-sku", "MUG-OF-GLASS")
    page.select_option("#id_variants-0-options_color", "blue")
    page.fill("#id_variants-0-price_eur", "12.50")
    page.click("input[name=_continue]")
    page.locator("text=was added successfully").wait_for()
    assert priced(shop) == 1250

    page.fill("#id_variants-0-price_eur", "13")
    page.click("input[name=_continue]")
    page.locator("text=was changed successfully").wait_for()
    assert priced(shop) == 1300


def priced(shop: Shop) -> int:
    """What the shop asks for it."""
    product = ask("GET", f"{shop.url}/api/v1/products/mug").body
    assert product["attributes"][0]["value"] == 350
    assert [tag["slug"] for tag in product["tags"]] == ["gift", "new"]
    assert product["videos"] == [{"url": "https://videos.example.com/1", "title": "Wheel"}]
    return int(product["variants"][0]["prices"]["EUR"]["amount"])
