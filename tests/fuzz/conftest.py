"""A shop with one of everything, and its provider of payments in this process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.budget.till import a_till


@pytest.fixture
def things(database, tmp_path) -> Iterator[dict[str, list[str]]]:
    """Ids that exist, by the names that paths give them."""
    from apps.catalog.testing.make import make_product
    from apps.catalog.testing.searching import search_index
    from shop.testing.http import send
    from tests.fuzz.people import ADDRESS, somebody

    with a_till(), search_index(tmp_path) as follower:
        make_product("mug", stock={"MUG-BLUE": 500, "MUG-RED": 0})
        make_product("cup", stock={"CUP-GREEN": 500}, published=False)
        follower.step()
        token, _ = somebody("staff", "")
        staff = {"authorization": token or ""}
        for kind in ("brands", "tags"):
            assert send("POST", f"/{kind}", {"slug": "acme", "name": "Acme"}, **staff).status_code == 201
        invited = send("POST", "/staff/invitations", {"email": "new@example.com", "roles": ["support"]}, **staff).json()
        carts = [send("POST", "/carts", {}).json()["id"] for _ in range(3)]
        for cart in carts:
            send("POST", f"/carts/{cart}/lines", {"sku": "MUG-BLUE", "quantity": 2})
        body = {"cart_id": carts[0], "email": "ada@example.com", "shipping_address": ADDRESS}
        order = send("POST", "/orders", body, idempotency_key="first").json()
        yield {
            "slug": ["mug", "cup", "mugs", "acme"],
            "sku": ["MUG-BLUE", "MUG-RED", "CUP-GREEN"],
            "cart_id": carts,
            "number": [order["number"]],
            "code": ["DE", "US", "main", "default"],
            "invitation_id": [invited["id"]],
        }
