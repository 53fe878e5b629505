"""Prices in time, sort keys, documents. No database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from apps.catalog.rules import (
    PictureFact,
    PriceFact,
    ProductFacts,
    VariantFact,
    amounts_at,
    documents,
    next_change,
    offer_name,
    sort_name,
)

AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
SALE = (PriceFact("EUR", 1200, EVER), PriceFact("EUR", 900, AT, AT + HOUR))

MUG = ProductFacts(
    id=UUID(int=1),
    slug="mug",
    name="Mug",
    description="Holds coffee.",
    tax_class="standard",
    trail=(("kitchen", "Kitchen"), ("mugs", "Mugs")),
    variants=(
        VariantFact("MUG-BLUE", {"color": "blue"}, SALE, available=False),
        VariantFact("MUG-RED", {"color": "red"}, (PriceFact("EUR", 1000, EVER),), available=True),
    ),
    pictures=(PictureFact("/media/mug.webp", "Mug", 480, 480),),
)


@pytest.mark.parametrize(("at", "amount"), [(AT - HOUR, 1200), (AT, 900), (AT + HOUR / 2, 900), (AT + HOUR, 1200)])
def test_a_sale_price_counts_from_its_start_to_just_before_its_end(at, amount):
    assert amounts_at(SALE, at) == {"EUR": amount}


def test_documents_are_due_at_the_next_start_or_end_of_a_price():
    edges = [next_change(SALE, at) for at in (AT - HOUR, AT, AT + HOUR)]
    assert edges == [AT, AT + HOUR, None]


def test_names_sort_without_case_and_accents():
    assert sorted(["Zebra", "éclair", "Apple", "eagle"], key=sort_name) == ["Apple", "eagle", "éclair", "Zebra"]
    assert len(sort_name("ß" * 300)) == 200


def test_an_offer_is_named_after_product_and_options():
    assert offer_name("Mug", {}) == "Mug"
    assert offer_name("Mug", {"color": "blue", "size": "L"}) == "Mug, blue, L"


def test_the_card_shows_the_lowest_price_and_whether_anything_can_be_bought():
    card = msgspec.json.decode(documents(MUG, AT - HOUR).card)
    assert card == {
        "id": "00000000-0000-0000-0000-000000000001",
        "slug": "mug",
        "name": "Mug",
        "brand": None,
        "category": "mugs",
        "prices": {"EUR": {"amount": 1000, "currency": "EUR"}},
        "regular": {},
        "available": True,
        "picture": {"url": "/media/mug.webp", "alt": "Mug", "width": 480, "height": 480, "srcset": []},
    }


def test_the_page_holds_the_card_and_everything_else_but_stock_numbers():
    made = documents(MUG, AT)
    page = msgspec.json.decode(made.page)
    assert msgspec.json.decode(made.card).items() <= page.items()
    assert page["categories"] == [{"slug": "kitchen", "name": "Kitchen"}, {"slug": "mugs", "name": "Mugs"}]
    assert page["variants"][0] == {
        "sku": "MUG-BLUE",
        "options": {"color": "blue"},
        "prices": {"EUR": {"amount": 900, "currency": "EUR"}},
        "regular": {"EUR": {"amount": 1200, "currency": "EUR"}},
        "available": False,
    }


def test_the_same_facts_have_the_same_etag_and_others_another():
    assert documents(MUG, AT).etag == documents(MUG, AT).etag
    assert documents(replace(MUG, name="Cup"), AT).etag != documents(MUG, AT).etag
