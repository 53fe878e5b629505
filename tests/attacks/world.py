"""What could be harmed in one process, and raw requests against it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID, uuid4

from django.test import Client

from apps.accounts.testing.people import make_person
from apps.catalog.models import Price
from apps.catalog.testing.make import make_product
from apps.catalog.testing.searching import search_index
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.tokens import bearer
from tests.attacks.operations import JSON, Operation
from tests.budget.till import a_till

SCOPES = (
    "catalog:write",
    "prices:write",
    "stock:write",
    "orders:read",
    "orders:fulfil",
    "orders:refund",
    "payments:read",
    "payments:write",
    "customers:read",
    "customers:write",
    "staff:write",
    "notifications:write",
)
ADDRESS = {"name": "Ada", "line1": "Street 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}
CLIENT = Client(raise_request_exception=False)
FACTS = ("catalog", "orders", "payments")


@dataclass
class World:
    """Ada, who has a cart, an address and an order that waits for its money; eve, who has nothing; and staff."""

    ada: UUID
    eve: UUID
    staff: UUID
    order: dict[str, Any]
    names: dict[str, str] = field(default_factory=dict)
    """Ada's things by the name of the path parameter that leads to them."""

    def headers(self, operation: Operation) -> dict[str, str]:
        """Of somebody who may do this, with whatever makes it pass to the body."""
        sent = {"If-Match": "*"}
        if any(one["name"] == "Idempotency-Key" and one.get("required") for one in operation.parameters):
            sent["Idempotency-Key"] = uuid4().hex
        if "token of an order" in operation.access:
            return {**sent, "Authorization": f"Bearer {self.order['token']}"}
        if "staff with" in operation.access:
            return {**sent, "Authorization": bearer("staff", self.staff, SCOPES)}
        if operation.needs_token or "/carts/" in operation.path:
            return {**sent, "Authorization": bearer("customer", self.ada)}
        return sent

    def path(self, operation: Operation, **changes: str) -> str:
        """With ada's ids, or in their place what is named."""
        path = operation.path
        for parameter in operation.named("path"):
            name, schema = parameter["name"], parameter["schema"]
            made = str(uuid7()) if schema.get("format") == "uuid" else "1" if schema.get("type") == "integer" else "x"
            path = path.replace(f"{{{name}}}", changes.get(name, self.names.get(name, made)))
        return path

    def body(self, operation: Operation) -> bytes:
        """A good one."""
        return b"" if operation.example is None else json.dumps(operation.example).encode()


def ask(method: str, path: str, body: bytes = b"", kind: str = JSON, **headers: str) -> Any:
    """One request, exactly as told; a crash is a 500 here as it is outside."""
    named: dict[str, Any] = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return CLIENT.generic(method, path, body, content_type=kind, **named)


def attack(operation: Operation, path: str, body: bytes, headers: dict[str, str], kind: str = JSON) -> Any:
    """One request of this operation."""
    return ask(operation.method, path, body, kind, **headers)


@contextmanager
def unharmed() -> Iterator[World]:
    """Afterwards no money and no stock has moved, no price has changed, and ada's things are as they were."""
    with inhabited() as made:
        before = harm()
        yield made
        assert harm() == before


@contextmanager
def inhabited() -> Iterator[World]:
    """A world in which anything may happen."""
    with a_till(), TemporaryDirectory() as folder, search_index(Path(folder)) as follower:
        made = _world()
        follower.step()
        yield made


def harm() -> dict[str, Any]:
    """All money and stock there is."""
    found: dict[str, Any] = {"prices": sorted(Price.objects.values_list("pk", "amount_minor", "currency"))}
    for context in FACTS:
        module = f"apps.{context}.testing.facts"
        assert find_spec(module)
        found[context] = import_module(module).facts()
    return found


def _world() -> World:
    make_product("mug", stock={"MUG-BLUE": 50, "MUG-RED": 50})
    ada, eve, staff = (make_person(f"{name}@example.com") for name in ("ada", "eve", "staff"))
    token = {"authorization": bearer("customer", ada.pk)}
    order = _ordered(token)
    cart = send("POST", "/carts", {}, **token).json()["id"]
    assert send("POST", f"/carts/{cart}/lines", {"sku": "MUG-RED", "quantity": 2}, **token).status_code == 200
    address = send("POST", "/me/addresses", ADDRESS, **token)
    names = {"cart_id": cart, "sku": "MUG-RED", "number": order["number"], "slug": "mug", "code": "DE"}
    assert address.status_code == 201, address.content
    names["address_id"] = address.json()["id"]
    return World(ada.pk, eve.pk, staff.pk, order, names)


def _ordered(token: dict[str, str]) -> dict[str, Any]:
    cart = send("POST", "/carts", {}, **token).json()["id"]
    send("POST", f"/carts/{cart}/lines", {"sku": "MUG-BLUE", "quantity": 3}, **token)
    body = {"cart_id": cart, "email": "ada@example.com", "shipping_address": ADDRESS}
    placed = send("POST", "/orders", body, idempotency_key="attacked", **token)
    assert placed.status_code == 201, placed.content
    return dict(placed.json())
