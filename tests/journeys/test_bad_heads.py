"""Strange headers, methods and paths over HTTP: an answer each, never a 500, and nothing has moved."""

from __future__ import annotations

import json
from uuid import uuid4

import pytest

from tests.hostile import Headers, Scene, order_of, refused


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "a" * 30_000, "ü", "a\tb"], ids=lambda key: repr(key)[:9])
def test_an_idempotency_key_is_1_to_255_printable_letters(scene: Scene, key: str) -> None:
    refused(scene.send("POST", "/api/v1/orders", order_of(), {"Idempotency-Key": key}), 400)
    refused(scene.send("POST", "/api/v1/carts/{cart}/lines", {"sku": scene.sku}, {"Idempotency-Key": key}), 400)


def test_an_order_without_an_idempotency_key_is_refused(scene: Scene) -> None:
    refused(scene.send("POST", "/api/v1/orders", order_of()), 400)


@pytest.mark.parametrize(
    "match", ["r1", '"', '"r99999999999999999999"', 'W/"r1"', "ÿ", '"r-1"', '"r7001","r7002"', '"r٣"']
)
def test_an_if_match_that_names_no_state_is_stale(scene: Scene, match: str) -> None:
    refused(scene.send("PATCH", "/api/v1/carts/{cart}/lines/{sku}", {"quantity": 1}, {"If-Match": match}), 412)
    refused(scene.send("DELETE", "/api/v1/carts/{cart}/lines/{sku}", headers={"If-Match": match}), 412)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-Id": "x" * 5000},
        {"X-Request-Id": "<script>"},
        {"traceparent": "00-zz"},
        {"traceparent": "x" * 5000},
        {"X-HTTP-Method-Override": "DELETE"},
        {"Cookie": "sessionid=ÿ; csrftoken=;;="},
        {"If-None-Match": "ÿ,,,"},
        {"Range": "bytes=0-"},
        {"Host": "evil.example/\\@x"},
        {"X-Forwarded-Host": "evil.example"},
        {"Accept": "*/*;q=abc"},
        {"Accept": "text/html", "Host": "evil.example"},
    ],
    ids=lambda headers: ", ".join(f"{name}: {value[:12]}" for name, value in headers.items()),
)
def test_a_strange_header_changes_nothing(scene: Scene, headers: Headers) -> None:
    for path in ("/api/v1/products?limit=1", "/api/v1/carts/{cart}"):
        answer = scene.send("GET", path, headers=headers)
        assert answer.status == 200, answer
        assert b"evil" not in json.dumps([answer.headers, str(answer.body)]).encode()
        assert len(answer.headers["x-request-id"]) == len(str(uuid4()))


def test_a_charset_of_what_is_accepted_is_no_crash(scene: Scene) -> None:
    for accept in ("text/html; a*=nope''%41", "application/xml", "garbage", "text/html;q=ÿ"):
        assert scene.send("GET", "/api/v1/carts/{cart}", headers={"Accept": accept}).status in (200, 406)


METHODS = ("GET", "HEAD", "OPTIONS", "TRACE", "POST", "PUT", "PATCH", "DELETE", "FOO")
ROUTES = (
    "/api/v1/categories",
    "/api/v1/products",
    "/api/v1/products/nothing",
    "/api/v1/carts",
    "/api/v1/carts/{cart}/",
    "/api/v1/carts/{cart}/lines",
    "/api/v1/orders",
    "/api/v1/orders/{order}",
    "/api/v1/orders/{order}/payment",
    "/api/v1/webhooks/stripe",
    "/api/docs",
    "/api/schema",
    "/healthz",
)


@pytest.mark.parametrize("path", ROUTES)
def test_every_method_has_an_answer(scene: Scene, path: str) -> None:
    for method in METHODS:
        answer = scene.send(method, path, headers={"Authorization": scene.buyer.authorization})
        assert answer.status < 500, (method, answer)
        if answer.status == 405:
            assert answer.headers["allow"]
        if answer.status >= 400 and method != "HEAD":
            refused(answer, answer.status)


PATHS = (
    "/media/" + "a" * 5000,
    "/media/..%2f..%2fetc/passwd",
    "/media//etc/passwd",
    "/media/%00",
    "/static/" + "a" * 5000,
    "/static/..%2f..%2fetc/passwd",
    "/api/v1/" + "a" * 20_000,
    "/api/v1//products",
    "/api/v1/products/%2e%2e",
    "/api/v1/products/a%2fb",
    "/api/v1/products/a%00b",
    "/api/v1/products/%ff",
    "/api/v1/products?after=%00",
    "/api/v1/products?category=a%2fb",
    "/api/v1/categories?" + "&".join(f"a{number}" for number in range(3000)) + "&b=%00",
    "/api/v1/carts/x",
    "/api/v1/carts/%ff",
    "/api/v1/carts/" + "0" * 36,
    "/api/v1/carts/00000000-0000-0000-0000-000000000000",
    "/api/v1/orders/x%2f",
    "/api/v1/orders/" + "A" * 5000,
    "/api/v1/orders/SO-0000-0000",
    "/api/v1/orders/%F0%9F%92%A9",
    "//",
    "/%zz",
)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path[:40])
def test_a_path_that_is_none_is_absent(scene: Scene, path: str) -> None:
    answer = scene.send("GET", path, headers={"Authorization": scene.buyer.authorization})
    assert answer.status in (400, 404, 405), answer
    refused(answer, answer.status)
