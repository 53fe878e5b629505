"""A hostile client: raw requests, what must not move, and what every refusal looks like."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.buyer import ADDRESS, Answer, Buyer
from tests.harness.shop import KEYS, QUICK, Shop
from tests.scenes import new_product

JSON = "application/json"
Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Scene:
    """What could be harmed: an order that waits for its money, an open cart, a product."""

    shop: Shop
    buyer: Buyer
    cart: str
    sku: str

    def path(self, template: str) -> str:
        """A path with the ids of this scene."""
        return template.format(order=self.buyer.order["number"], cart=self.cart, sku=self.sku)

    def send(self, method: str, template: str, body: Any = None, headers: Headers | None = None) -> Answer:
        """One request on a connection of its own, exactly as told; header values are sent as their UTF-8 bytes."""
        line = http.client.HTTPConnection("127.0.0.1", self.shop.ports["SHOP_PORT"], timeout=60)
        raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"Host": f"127.0.0.1:{self.shop.ports['SHOP_PORT']}", **(headers or {})}
        if raw is not None and "Transfer-Encoding" not in sent:
            sent = {"Content-Type": JSON, "Content-Length": str(len(raw)), **sent}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        line.connect()
        line.sock.sendall(f"{method} {self.path(template)} HTTP/1.1\r\n{head}\r\n".encode() + (raw or b""))
        response = http.client.HTTPResponse(line.sock, method=method)
        response.begin()
        data = response.read()
        line.close()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, found, json.loads(data) if data and "json" in found["content-type"] else data)


@contextmanager
def unharmed(shop: Shop) -> Iterator[Scene]:
    """Afterwards nothing has moved, and the logs tell neither of a crash nor of a secret."""
    sku = new_product(shop, stock=50, price=1000)
    buyer = shop.buyer()
    buyer.buy((sku, 2))
    buyer.placed()
    made = Scene(shop, buyer, shop.buyer().fill_cart((sku, 1)), sku)
    before = harm(shop)
    yield made
    shop.quiesce()
    assert harm(shop) == before
    for program in ("web", "worker"):
        log = shop.log(program)
        assert "Traceback" not in log, program
        secrets = (*KEYS, buyer.token, "_secret_", "Bearer e", QUICK["SECRET_KEY"], "token-of-nobody")
        assert [word for word in secrets if word in log] == [], program
    buyer.cancel()


def harm(shop: Shop) -> dict[str, Any]:
    facts = shop.facts()
    return {name: facts[name] for name in ("stock", "holds", "orders", "payments", "refunds", "intents", "provider")}


def refused(answer: Answer, status: int, pointer: str | None = None) -> None:
    """A problem document with this status that names the field."""
    assert answer.status == status, answer
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.body) >= {"type", "title", "status", "detail", "instance", "code", "request_id"}
    assert answer.body["status"] == status
    if pointer is not None:
        assert pointer in [error["pointer"] for error in answer.body["errors"]], answer.body


def order_of(**changes: Any) -> dict[str, Any]:
    return {"cart_id": str(uuid4()), "email": "a@example.com", "shipping_address": ADDRESS} | changes


def fresh_key() -> Headers:
    return {"Idempotency-Key": uuid4().hex}
