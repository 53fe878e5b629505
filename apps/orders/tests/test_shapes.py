"""Less of an order, or more: `fields` and `expand`."""

from __future__ import annotations

from uuid import UUID

import msgspec
import pytest

from apps.catalog.contracts import Card
from shop.testing.http import send
from shop.testing.ports import fake_ports

pytestmark = pytest.mark.usefixtures("database")
ADDRESS = {"name": "Ada", "line1": "Street 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}


def card(product_id: UUID) -> Card:
    return Card(product_id, msgspec.json.encode({"id": product_id}).decode())


@pytest.fixture
def get(world):
    body = {"cart_id": str(world.cart_id), "email": "ada@example.com", "shipping_address": ADDRESS}
    order = send("POST", "/orders", body, idempotency_key="k1").json()
    bearer = f"Bearer {order['token']}"
    return lambda query, **headers: send("GET", f"/orders/{order['number']}?{query}", authorization=bearer, **headers)


def test_an_order_with_its_payment_and_nothing_else(get):
    answer = get("fields=status&expand=payment")

    assert answer.json()["status"] == "awaiting_payment"
    assert answer.json()["payment"]["client_secret"] == "pi_1_secret"
    assert sorted(answer.json()) == ["payment", "status"]


def test_the_products_of_its_lines(get):
    with fake_ports(catalog={"get_cards": lambda *, product_ids: tuple(card(one) for one in product_ids)}):
        lines = get("expand=lines.product").json()["lines"]

    assert [line["product"]["id"] for line in lines] == [line["product_id"] for line in lines]


def test_what_is_expanded_has_a_tag_of_its_own(get):
    plain, more = get("")["ETag"], get("expand=payment")["ETag"]

    assert plain != more
    assert get("expand=payment", if_none_match=more).status_code == 304
