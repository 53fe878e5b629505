"""Less of a cart, or more: `fields` and `expand`; and the tag of what is shown."""

from __future__ import annotations

import pytest

from apps.cart.tests.doubles import PRODUCT, offer, shelf
from apps.catalog.contracts import Card
from shop.ports import count_calls
from shop.testing.http import send
from shop.testing.ports import fake_ports

pytestmark = pytest.mark.usefixtures("database")
CARD = Card(PRODUCT, '{"slug":"mug"}')


@pytest.fixture
def goods():
    with shelf(offer("A"), offer("B")) as it, fake_ports(catalog={"get_cards": lambda *, product_ids: (CARD,)}):
        yield it


@pytest.fixture
def cart(goods):
    cart = send("POST", "/carts", {}).json()["id"]
    for sku in ("A", "B"):
        send("POST", f"/carts/{cart}/lines", {"sku": sku})
    return cart


def test_a_small_screen_asks_for_little(cart):
    answer = send("GET", f"/carts/{cart}?fields=total,lines.sku")

    assert answer.json() == {"total": {"amount": 2495, "currency": "EUR"}, "lines": [{"sku": "A"}, {"sku": "B"}]}


def test_the_products_of_all_lines_come_by_one_call(cart):
    with count_calls() as calls:
        answer = send("GET", f"/carts/{cart}?expand=lines.product")

    assert [line["product"] for line in answer.json()["lines"]] == [{"slug": "mug"}] * 2
    assert calls.count("catalog.get_cards") == 1


@pytest.mark.parametrize("query", ["fields=secret", "expand=owner", "expand=lines.product.brand"])
def test_unknown_names_are_told(cart, query):
    answer = send("GET", f"/carts/{cart}?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "unknown_name")


def test_a_live_price_that_changes_is_seen_by_who_asks_with_a_tag_that_still_opens_changes(goods, cart):
    before = send("GET", f"/carts/{cart}")["ETag"]
    same = send("GET", f"/carts/{cart}", if_none_match=before)
    goods.offers["A"] = offer("A", 1500)

    after = send("GET", f"/carts/{cart}", if_none_match=before)
    changed = send("PATCH", f"/carts/{cart}/lines/A", {"quantity": 3}, if_match=before)

    assert (same.status_code, after.status_code, changed.status_code) == (304, 200, 200)
