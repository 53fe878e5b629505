"""Nothing that a hostile client sends over HTTP is a 500, moves money or stock, or leaves a secret in the logs."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import jwt
import pytest

from shop.http.paging import bound_to
from tests.buyer import ADDRESS
from tests.harness.shop import QUICK
from tests.hostile import JSON, Scene, fresh_key, order_of, refused

LONG = "n" * 10_000
NO_TEXTS: list[Any] = [True, 1, 1.5, [], ["x"], {}, {"$gt": ""}]


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
        answer = scene.send("POST", "/api/v1/orders", order_of(**{name: value}), fresh_key())
        refused(answer, 422)
        assert answer.body["errors"][0]["pointer"].startswith(f"/{name}")
    for name in ("name", "line1", "postal_code", "city", "country"):
        wrong = order_of(shipping_address=ADDRESS | {name: value})
        refused(scene.send("POST", "/api/v1/orders", wrong, fresh_key()), 422, f"/shipping_address/{name}")
    if value not in ("", " "):
        for name in ("phone", "note"):
            wrong = order_of(**{name: value})
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
    wrong = order_of(expected_total=total)
    refused(scene.send("POST", "/api/v1/orders", wrong, fresh_key()), 422, "/expected_total")


@pytest.mark.parametrize("name", ["total", "unit_price", "price", "lines", "shipping", "status", "customer_id", "id"])
def test_a_price_or_state_that_the_client_brings_is_refused(scene: Scene, name: str) -> None:
    cheap = {"amount": 1, "currency": "EUR"}
    refused(scene.send("POST", "/api/v1/orders", order_of(**{name: cheap}), fresh_key()), 422, f"/{name}")
    line = {"sku": scene.sku, "quantity": 1, name: cheap}
    refused(scene.send("POST", "/api/v1/carts/{cart}/lines", line), 422, f"/{name}")


def cursor(value: Any) -> str:
    return part(json.dumps(value).encode())


CURSORS = {
    "garbled": "garbage",
    "not of this alphabet": "%C3%BC",
    "huge": "a" * 20_000,
    "of another list": cursor(["x", []]),
    "number": cursor(1),
    "object": cursor({"a": 1}),
    "deep": part(b"[" * 600),
}
SORTS = {"newest": ("-shelved",), "name": ("sort_name", "id")}
PLACES = {
    "without values": [],
    "of a wrong kind": [["u", "x"]],
    "of an unknown kind": [["x", "x"]],
    "half a surrogate": [["s", "\ud800"]],
    "NUL": [["s", "\0"]],
}


@pytest.mark.parametrize("after", CURSORS.values(), ids=CURSORS)
@pytest.mark.parametrize("sort", SORTS)
def test_a_cursor_that_is_none_is_refused(scene: Scene, sort: str, after: str) -> None:
    refused(scene.send("GET", f"/api/v1/products?sort={sort}&after={after}"), 400)


def with_place(sort: str, place: list[list[str]]) -> str:
    """A cursor of that very list, whose first value is `place`."""
    more = [["u", str(uuid4())]] * (len(SORTS[sort]) - 1)
    return cursor([bound_to(SORTS[sort], f"/api/v1/products [('sort', '{sort}')]"), [*place, *more]])


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("sort", SORTS)
def test_a_cursor_of_this_list_to_a_place_that_is_none_is_refused(scene: Scene, sort: str, place: Any) -> None:
    path = f"/api/v1/products?sort={sort}&after="
    assert scene.send("GET", path + with_place(sort, [["s", "a"]])).status == 200
    refused(scene.send("GET", path + with_place(sort, place)), 400)


@pytest.mark.parametrize(
    ("query", "pointer"),
    [(f"limit={quote(limit)}", "/limit") for limit in ("0", "-1", "101", "x", "1.5", "9" * 300, "٣")]
    + [(f"currency={quote(one)}", "/currency") for one in ("XXX", "eur", "", "ÿ")]
    + [(f"sort={quote(one)}", "/sort") for one in ("price", "-id", "")],
)
def test_a_parameter_that_is_none_is_named(scene: Scene, query: str, pointer: str) -> None:
    refused(scene.send("GET", f"/api/v1/products?{query}"), 422, pointer)
