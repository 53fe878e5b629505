"""A shop with one of everything, and its provider of payments in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.budget.till import a_till

ADDRESS = {"name": "Ada", "line1": "Street 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}


@pytest.fixture
def shop_with_things(database) -> Iterator[dict[str, list[str]]]:
    """Ids that exist, by the names that paths give them."""
    from apps.catalog.testing.make import make_product
    from shop.testing.http import send

    with a_till():
        make_product("mug", stock={"MUG-BLUE": 500, "MUG-RED": 0})
        make_product("cup", stock={"CUP-GREEN": 500}, published=False)
        carts = [send("POST", "/carts", {}).json()["id"] for _ in range(3)]
        for cart in carts:
            send("POST", f"/carts/{cart}/lines", {"sku": "MUG-BLUE", "quantity": 2})
        body = {"cart_id": carts[0], "email": "ada@example.com", "shipping_address": ADDRESS}
        order = send("POST", "/orders", body, idempotency_key="first").json()
        yield {
            "slug": ["mug", "cup"],
            "sku": ["MUG-BLUE", "MUG-RED", "CUP-GREEN"],
            "cart_id": carts,
            "number": [order["number"]],
            "code": ["DE", "US"],
        }
