"""Nothing that a hostile client sends over HTTP is a 500, moves money or stock, or leaves a secret in the logs."""

from __future__ import annotations

import base64
import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import jwt
import pytest

from tests.buyer import ADDRESS, Answer, Buyer
from tests.harness.shop import KEYS, QUICK, Shop
from tests.scenes import new_product

JSON = "application/json"
LONG = "n" * 10_000
NO_TEXTS: list[Any] = [True, 1, 1.5, [], ["x"], {}, {"$gt": ""}]
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
        line = http.client.HTTPConnection("127.0.0.1", self.shop.ports["SHOP_PORT"], timeout=10)
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


@pytest.fixture(scope="module")
def scene(shop: Shop) -> Iterator[Scene]:
    """Afterwards nothing has moved, and the logs tell neither of a crash nor of a secret."""
    sku = new_product(shop, stock=50, price=1000)
    buyer = shop.buyer()
    buyer.buy((sku, 2))
    made = Scene(shop, buyer, shop.buyer().fill_cart((sku, 1)), sku)
    before = harm(shop)
    yield made
    shop.quiesce()
    assert harm(shop) == before
    for program in ("web", "worker", "beat"):
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


def order_of(scene: Scene, **changes: Any) -> dict[str, Any]:
    return {"cart_id": str(uuid4()), "email": "a@example.com", "shipping_address": ADDRESS} | changes


def fresh_key() -> Headers:
    return {"Idempotency-Key": uuid4().hex}


# --- who is calling ---------------------------------------------------------------------------------------------------


def part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def headed(header: bytes) -> str:
    return f"{part(header)}.e30.x"


TOKENS = {
    "garbled": "token-of-nobody",
    "empty parts": "..",
    "long": "a" * 5000,
    "two words": "Bearer ÿ",
    "deep header": headed(b"[" * 2900),
    "list for alg": headed(b'{"alg":["HS256"]}'),
    "object for alg": headed(b'{"alg":{}}'),
    "number for kid": headed(b'{"alg":"HS256","kid":1}'),
    "unknown crit": headed(b'{"alg":"HS256","crit":["x"]}'),
    "no UTF-8": headed(b"\xff\xfe"),
}


@pytest.mark.parametrize("token", TOKENS.values(), ids=TOKENS)
@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/v1/orders/{order}"), ("POST", "/api/v1/orders/{order}/cancel")]
)
def test_a_token_that_is_none_opens_nothing(scene: Scene, method: str, path: str, token: str) -> None:
    body = {} if method == "POST" else None
    answer = scene.send(method, path, body, {"Authorization": f"Bearer {token}"})
    refused(answer, 401)
    assert answer.headers["www-authenticate"].startswith("Bearer")


def forged(scene: Scene) -> dict[str, str]:
    head, payload, signature = scene.buyer.token.split(".")
    claims = jwt.decode(scene.buyer.token, options={"verify_signature": False})
    staff = part(b'{"sub":"staff:1","aud":"orders"}')
    return {
        "none": ".".join([part(b'{"alg":"none","typ":"JWT"}'), payload, ""]),
        "None": ".".join([part(b'{"alg":"None","typ":"JWT"}'), payload, ""]),
        "none, with the true signature": ".".join([part(b'{"alg":"none"}'), payload, signature]),
        "foreign key": jwt.encode(claims, "k" * 64, "HS256"),
        "the settings' key itself": jwt.encode(claims, QUICK["SECRET_KEY"], "HS256"),
        "expired": jwt.encode(claims | {"exp": 1}, "k" * 64, "HS256"),
        "other algorithm": jwt.encode(claims, "k" * 64, "HS512"),
        "other subject": f"{head}.{staff}.{signature}",
    }


def test_a_forged_token_opens_nothing(scene: Scene) -> None:
    for token in forged(scene).values():
        for path in ("/api/v1/orders/{order}", "/api/v1/orders/{order}/payment"):
            refused(scene.send("GET", path, headers={"Authorization": f"Bearer {token}"}), 401)
        refused(scene.send("POST", "/api/v1/orders/{order}/cancel", {}, {"Authorization": f"Bearer {token}"}), 401)


# --- bodies -----------------------------------------------------------------------------------------------------------

POSTS = [
    ("POST", "/api/v1/carts"),
    ("POST", "/api/v1/carts/{cart}/lines"),
    ("PATCH", "/api/v1/carts/{cart}/lines/{sku}"),
    ("POST", "/api/v1/orders"),
    ("POST", "/api/v1/orders/{order}/cancel"),
]
BODIES: dict[str, tuple[bytes, int]] = {
    "half": (b"{", 400),
    "two names": (b'{"a":1,"a":2}', 400),
    "deep lists": (b"[" * 100_000, 400),
    "deep objects": (b'{"a":' * 40 + b"1" + b"}" * 40, 400),
    "NaN": (b'{"quantity":NaN}', 400),
    "Infinity": (b'{"quantity":-Infinity}', 400),
    "1e999": (b'{"quantity":1e999}', 400),
    "5000 digits": (b'{"quantity":' + b"9" * 5000 + b"}", 400),
    "no UTF-8": (b'{"sku":"\xff"}', 400),
    "byte order mark": (b"\xef\xbb\xbf{}", 400),
    "NUL": (b'{"sku":"a\\u0000b"}', 400),
    "half a surrogate": (b'{"sku":"\\ud800"}', 400),
    "half a surrogate as a name": (b'{"\\udfff":1}', 400),
    "over the limit": (b'{"note":"' + b"x" * 262_144 + b'"}', 413),
    "a list": (b"[]", 422),
    "a number": (b"1", 422),
    "null": (b"null", 422),
    "an unknown name": (b'{"price":1}', 422),
    "a long name": (b'{"' + LONG.encode() + b'":1}', 422),
}


@pytest.mark.parametrize(("method", "path"), POSTS)
def test_a_body_that_is_none_is_refused(scene: Scene, method: str, path: str) -> None:
    for body, status in BODIES.values():
        headers = {"Authorization": scene.buyer.authorization} if "{order}" in path else {}
        for key in ({}, fresh_key()):
            if key or path != "/api/v1/orders":
                refused(scene.send(method, path, body, headers | key), status)


@pytest.mark.parametrize("path", ["/api/v1/carts", "/api/v1/webhooks/stripe"])
def test_a_body_in_chunks_is_refused_instead_of_read_as_empty(scene: Scene, path: str) -> None:
    chunks = b'12\r\n{"currency":"USD"}\r\n0\r\n\r\n'
    for more in ({}, {"Content-Length": "5"}):
        refused(scene.send("POST", path, chunks, {"Content-Type": JSON, "Transfer-Encoding": "chunked"} | more), 411)


UNREADABLE_TYPES = ["application/json; a*=nope''%41", "application/json; a*=idna''%41%ff", "x; charset*=punycode''%ff"]


@pytest.mark.parametrize(
    "kind",
    ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "a" * 5000, *UNREADABLE_TYPES],
)
def test_another_content_type_is_refused(scene: Scene, kind: str) -> None:
    refused(scene.send("POST", "/api/v1/carts", {}, {"Content-Type": kind}), 415)


@pytest.mark.parametrize(
    "kind", [*UNREADABLE_TYPES, *(f"x/y; charset={name}" for name in ("hex", "idna", "utf-16", "ÿ"))]
)
def test_a_charset_does_not_change_how_a_query_is_read(scene: Scene, kind: str) -> None:
    answer = scene.send("GET", "/api/v1/products?category=%41%ff", headers={"Content-Type": kind})
    refused(answer, 404)
    assert scene.send("POST", "/admin/login/", b"a=%41", {"Content-Type": kind}).status == 403


# --- values -----------------------------------------------------------------------------------------------------------

NO_QUANTITIES = [
    None,
    True,
    "x",
    "1_0",
    "\uff15",
    " 2 ",
    "1.0",
    [],
    [1],
    {},
    {"$gt": ""},
    -1,
    0,
    1.5,
    1e300,
    10**18,
    1000,
]


@pytest.mark.parametrize("quantity", NO_QUANTITIES, ids=repr)
def test_a_quantity_is_a_whole_number_from_1_to_999(scene: Scene, quantity: Any) -> None:
    refused(
        scene.send("POST", "/api/v1/carts/{cart}/lines", {"sku": scene.sku, "quantity": quantity}), 422, "/quantity"
    )
    refused(scene.send("PATCH", "/api/v1/carts/{cart}/lines/{sku}", {"quantity": quantity}), 422, "/quantity")


@pytest.mark.parametrize("value", [*NO_TEXTS, None, "", " ", LONG], ids=lambda value: repr(value)[:20])
def test_a_value_of_another_kind_is_named(scene: Scene, value: Any) -> None:
    refused(scene.send("POST", "/api/v1/carts/{cart}/lines", {"sku": value, "quantity": 1}), 422, "/sku")
    refused(scene.send("POST", "/api/v1/carts", {"currency": value}), 422, "/currency")
    for name in ("cart_id", "email", "shipping_address", "expected_total"):
        answer = scene.send("POST", "/api/v1/orders", order_of(scene, **{name: value}), fresh_key())
        refused(answer, 422)
        assert answer.body["errors"][0]["pointer"].startswith(f"/{name}")
    for name in ("name", "line1", "postal_code", "city", "country"):
        wrong = order_of(scene, shipping_address=ADDRESS | {name: value})
        refused(scene.send("POST", "/api/v1/orders", wrong, fresh_key()), 422, f"/shipping_address/{name}")
    if value not in ("", " "):
        for name in ("phone", "note"):
            wrong = order_of(scene, **{name: value})
            refused(scene.send("POST", "/api/v1/orders", wrong, fresh_key()), 422, f"/{name}")
    authorized = {"Authorization": scene.buyer.authorization}
    if value not in ("", " "):
        refused(scene.send("POST", "/api/v1/orders/{order}/cancel", {"reason": value}, authorized), 422, "/reason")


@pytest.mark.parametrize(
    "total",
    [
        {"amount": 1.5, "currency": "EUR"},
        {"amount": "1", "currency": "EUR"},
        {"amount": True, "currency": "EUR"},
        {"amount": 10**18, "currency": "EUR"},
        {"amount": 1, "currency": "XXX"},
        {"amount": 1, "currency": {"$gt": ""}},
        {"amount": 1},
        {"amount": 1, "currency": "EUR", "more": 1},
    ],
    ids=repr,
)
def test_money_that_is_none_is_named(scene: Scene, total: Any) -> None:
    wrong = order_of(scene, expected_total=total)
    refused(scene.send("POST", "/api/v1/orders", wrong, fresh_key()), 422, "/expected_total")


@pytest.mark.parametrize("name", ["total", "unit_price", "price", "lines", "shipping", "status", "customer_id", "id"])
def test_a_price_or_state_that_the_client_brings_is_refused(scene: Scene, name: str) -> None:
    cheap = {"amount": 1, "currency": "EUR"}
    refused(scene.send("POST", "/api/v1/orders", order_of(scene, **{name: cheap}), fresh_key()), 422, f"/{name}")
    line = {"sku": scene.sku, "quantity": 1, name: cheap}
    refused(scene.send("POST", "/api/v1/carts/{cart}/lines", line), 422, f"/{name}")


def cursor(value: Any) -> str:
    return part(json.dumps(value).encode())


CURSORS = {
    "garbled": "garbage",
    "not of this alphabet": "%C3%BC",
    "huge": "a" * 20_000,
    "of another list": cursor(["x", []]),
    "without values": cursor(["-id", []]),
    "of a wrong kind": cursor(["-id", [["s", "x"]]]),
    "number": cursor(1),
    "object": cursor({"a": 1}),
    "deep": part(b"[" * 600),
    "before the year 1": cursor(["-id", [["t", "0001-01-01T00:00:00+14:00"]]]),
    "half a surrogate": cursor(["name,id", [["s", "\ud800"], ["u", str(uuid4())]]]),
}


@pytest.mark.parametrize("after", CURSORS.values(), ids=CURSORS)
@pytest.mark.parametrize("sort", ["newest", "name"])
def test_a_cursor_that_is_none_is_refused(scene: Scene, sort: str, after: str) -> None:
    refused(scene.send("GET", f"/api/v1/products?sort={sort}&after={after}"), 400)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [(f"limit={quote(limit)}", "/limit") for limit in ("0", "-1", "101", "x", "1.5", "9" * 300, "٣")]
    + [(f"currency={quote(one)}", "/currency") for one in ("XXX", "eur", "", "ÿ")]
    + [(f"sort={quote(one)}", "/sort") for one in ("price", "-id", "")],
)
def test_a_parameter_that_is_none_is_named(scene: Scene, query: str, pointer: str) -> None:
    refused(scene.send("GET", f"/api/v1/products?{query}"), 422, pointer)


# --- heads and paths --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "a" * 30_000, "ü", "a\tb"], ids=lambda key: repr(key)[:9])
def test_an_idempotency_key_is_1_to_255_printable_letters(scene: Scene, key: str) -> None:
    refused(scene.send("POST", "/api/v1/orders", order_of(scene), {"Idempotency-Key": key}), 400)
    refused(scene.send("POST", "/api/v1/carts/{cart}/lines", {"sku": scene.sku}, {"Idempotency-Key": key}), 400)


def test_an_order_without_an_idempotency_key_is_refused(scene: Scene) -> None:
    refused(scene.send("POST", "/api/v1/orders", order_of(scene)), 400)


@pytest.mark.parametrize("match", ["r1", '"', '"r99999999999999999999"', 'W/"r1"', "ÿ", '"r-1"', '"r1","r2"', '"r٣"'])
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
    "/api/v1/orders/%2f",
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
