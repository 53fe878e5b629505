"""Every operation of the OpenAPI document, asked through the gateway, is answered by the unit that owns it."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from config.contexts import CONTEXTS
from config.dev.ports import HOST, free_ports
from config.dev.processes import Guard, Process, Program
from config.dev.units import Unit, gateway
from config.env import CHECKOUT
from tests.harness.shop import READY_SECONDS, Shop

pytestmark = pytest.mark.sample
OPERATION = re.compile(r"^  (/api/\S+):$|^    (get|put|post|patch|delete|head|options):$", re.MULTILINE)
NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
CLOSED = (
    "/internal/catalog.v1/get_prices",
    "//internal/catalog.v1/get_prices",
    "/./internal/catalog.v1/get_prices",
    "/api/%2e%2e/internal/catalog.v1/get_prices",
    "/internal%2fcatalog.v1%2fget_prices",
    "/%2finternal/catalog.v1/get_prices",
    "/INTERNAL/catalog.v1/get_prices",
    "/internal/x/../../api/v1/products",
    "/metrics",
    "//metrics",
    "/Metrics",
    "/metrics.",
    "/%6detrics",
)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def ask(base: str, method: str, target: str) -> Answer:
    """The target as it is written here, with no body and no login."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=60)
    connection.request(method, target, headers={"Accept": "application/json", "Content-Length": "0"})
    answer = connection.getresponse()
    found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    connection.close()
    return found


def operations() -> list[tuple[str, str]]:
    """Method and an address of each, of the document that is checked in."""
    found, path = [], ""
    for route, method in OPERATION.findall((CHECKOUT / "docs" / "openapi.yaml").read_text(encoding="utf-8")):
        if route:
            path = re.sub(r"\{\w*id\}", NOBODY, route.replace("/countries/{code}", "/countries/DE"))
            path = re.sub(r"\{\w+\}", "nothing-like-it", path)
        else:
            found.append((method.upper(), path))
    return found


@pytest.fixture(scope="module")
def front(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The public address; before a monolith nginx is started here."""
    if shop.partition is not None:
        yield shop.url
        return
    [port] = free_ports(1)
    web = shop.ports["SHOP_PORT"]
    folder: Path = tmp_path_factory.mktemp("gateway")
    guard = Guard()
    argv = gateway([Unit(tuple(CONTEXTS), web)], web, port, folder)
    with (shop.folder / "gateway.log").open("w", encoding="utf-8") as log:
        process = Process(Program("gateway", argv, shop.values), guard, log)
    process.wait_ready(READY_SECONDS)
    base = f"http://{HOST}:{port}"
    while True:
        try:
            ask(base, "GET", "/healthz")
            break
        except OSError:
            assert process.exit_code is None, shop.log("gateway")
    yield base
    process.kill()
    guard.close()


def test_every_operation_is_answered_by_the_unit_that_owns_it(front: str) -> None:
    asked = operations()
    assert len(asked) > 150
    wrong = []
    for method, path in asked:
        answer = ask(front, method, path)
        problem = answer.headers["content-type"] == "application/problem+json" and method != "HEAD"
        code = json.loads(answer.body).get("code", "") if problem else ""
        ours = "x-request-id" in answer.headers and not code.startswith("gateway.")
        if answer.status >= 500 or not ours or code in {"not_found", "method_not_allowed"}:
            wrong.append((method, path, answer.status, code))
    assert wrong == []


def test_what_is_internal_is_closed_at_the_public_address(front: str) -> None:
    found = {path: ask(front, "GET", path) for path in CLOSED}
    assert {path: (one.status, "x-request-id" in one.headers) for path, one in found.items()} == dict.fromkeys(
        CLOSED, (404, False)
    )
