"""Requests of a merchandiser, in this process."""

from __future__ import annotations

from typing import Any

from apps.catalog.testing.make import BASICS
from shop.testing.http import send
from shop.testing.scene import scene
from shop.testing.tokens import bearer

MERCHANDISER = ("catalog:write", "prices:write", "stock:write")


def ask(method: str, path: str, body: Any = None, *, scopes: tuple[str, ...] = MERCHANDISER, **headers: str) -> Any:
    """A request with a staff token; header names with underscores."""
    return send(method, path, body, authorization=bearer("staff", scopes=scopes), **headers)


def done(answer: Any, status: int = 200) -> Any:
    """The body of an answer that is what was expected."""
    assert answer.status_code == status, (answer.status_code, answer.content)
    return answer.json() if answer.content else None


def errors_of(answer: Any) -> list[tuple[str, str]]:
    """(pointer, code) of each wrong value."""
    return [(error["pointer"], error["code"]) for error in answer.json().get("errors", [])]


DRINKWARE: dict[str, Any] = {
    "code": "drinkware",
    "name": "Drinkware",
    "attributes": [
        {
            "code": "material",
            "name": "Material",
            "kind": "choice",
            "choices": ["stoneware", "glass"],
            "required": True,
            "filterable": True,
        },
        {"code": "capacity", "name": "Capacity", "kind": "number", "unit": "ml", "filterable": True},
    ],
    "options": [{"code": "color", "name": "Color", "values": ["blue", "red", "green"]}],
}


@scene("catalog", beside=BASICS)
def make_shelf() -> None:
    """A category, a type, a brand and a tag."""
    done(ask("POST", "/categories", {"slug": "kitchen", "name": "Kitchen"}), 201)
    done(ask("POST", "/categories", {"slug": "cups", "name": "Cups", "parent": "kitchen"}), 201)
    done(ask("POST", "/product-types", DRINKWARE), 201)
    done(ask("POST", "/brands", {"slug": "harbour", "name": "Harbour"}), 201)
    done(ask("POST", "/tags", {"slug": "gift", "name": "Gift"}), 201)


def mug(**changes: Any) -> dict[str, Any]:
    """The body of a new product that can be published."""
    return {
        "slug": "mug",
        "name": "Mug",
        "description": "Holds coffee.",
        "category": "cups",
        "product_type": "drinkware",
        "attributes": {"material": "stoneware", "capacity": 350},
        "brand": "harbour",
        "tags": ["gift"],
        "variants": [
            {"sku": "MUG-BLUE", "options": {"color": "blue"}, "prices": [{"amount": 1200, "currency": "EUR"}]},
            {"sku": "MUG-RED", "options": {"color": "red"}, "prices": [{"amount": 1300, "currency": "EUR"}]},
        ],
        **changes,
    }


@scene("catalog", beside=BASICS)
def make_mug(**changes: Any) -> None:
    """It is on sale."""
    make_shelf()
    body = mug(**changes)
    done(ask("POST", "/products", body), 201)
    done(ask("POST", f"/products/{body['slug']}/publish"))
