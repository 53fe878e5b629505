"""Bodies, parameters and headers that are none, on every route of the OpenAPI document: refused, and nothing moves."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from tests.attacks.operations import LONG, Operation, operations, wrong_bodies, wrong_values
from tests.attacks.world import World, attack
from tests.scenes import STORE

BODIES: dict[str, tuple[bytes, int]] = {
    "nothing readable": (b"{", 400),
    "two equal names": (b'{"a":1,"a":2}', 400),
    "deep lists": (b"[" * 100_000, 400),
    "deep objects": (b'{"a":' * 40 + b"1" + b"}" * 40, 400),
    "NaN": (b'{"quantity":NaN}', 400),
    "Infinity": (b'{"amount":-Infinity}', 400),
    "1e999": (b'{"amount":1e999}', 400),
    "5000 digits": (b'{"amount":' + b"9" * 5000 + b"}", 400),
    "no UTF-8": (b'{"name":"\xff"}', 400),
    "a byte order mark": (b"\xef\xbb\xbf{}", 400),
    "NUL": (b'{"name":"a\\u0000b"}', 400),
    "half a surrogate": (b'{"name":"\\ud800"}', 400),
    "half a surrogate as a name": (b'{"\\udfff":1}', 400),
    "over the limit": (b'{"note":"' + b"x" * 262_144 + b'"}', 413),
    "a list": (b"[]", 422),
    "a number": (b"1", 422),
    "a text": (b'"x"', 422),
    "null": (b"null", 422),
    "an operator": (b'{"$where":"sleep(1000)"}', 422),
    "a long name": (b'{"' + LONG.encode() + b'":1}', 422),
}
TYPES = ("text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json", "x")
TEXTS = ("", " ", "x", "%00", "%ff", "%F0%9F%92%A9", "%24gt", "-1", "0", "1.5", "9" * 300, "NaN", "..%2f", "a" * 5000)
KEYS = ("", " ", "a" * 256, "a" * 30_000, "\xfc", "a\tb")
SHARE = 5 if STORE == "mongodb" else 1
"""Of the thousands only every fifth where what is behind the checks differs: all are sent on SQLite."""


def every_fifth() -> Callable[[], bool]:
    """Whether this one is sent, asked of each in turn; in the next run it may be another one."""
    turns = itertools.count(random.randrange(SHARE))
    return lambda: next(turns) % SHARE == 0


def offences(found: Iterator[tuple[Operation, str, Any]], good: Callable[[Any], bool]) -> list[str]:
    """What was answered otherwise, one of each operation; all must have been asked something."""
    wrong: dict[str, str] = {}
    asked = 0
    for operation, what, answer in found:
        asked += 1
        if not good(answer) and operation.name not in wrong:
            wrong[operation.name] = f"{operation.name}, {what}: {answer.status_code} {answer.content[:200]!r}"
    assert asked >= 20
    return list(wrong.values())


def refused(answer: Any) -> bool:
    """A problem document of the client's fault."""
    kind = answer.headers.get("Content-Type", "")
    return 400 <= answer.status_code < 500 and kind == "application/problem+json"


def with_body() -> list[Operation]:
    return [operation for operation in operations() if operation.body]


def test_a_body_that_is_none_is_refused_as_what_it_is(world):
    def attacks() -> Iterator[tuple[Operation, str, Any]]:
        for operation in with_body():
            path, headers = world.path(operation), world.headers(operation)
            for what, (body, status) in BODIES.items():
                answer = attack(operation, path, body, headers)
                yield operation, f"{what} should be {status}", (answer, status)

    def unlike(pair: Any) -> bool:
        answer, status = pair
        return refused(answer) and answer.status_code == status

    wrong = [
        f"{operation.name}, {what}: {pair[0].status_code} {pair[0].content[:200]!r}"
        for operation, what, pair in attacks()
        if not unlike(pair)
    ]
    assert wrong == []


def test_another_content_type_is_refused(world):
    def attacks() -> Iterator[tuple[Operation, str, Any]]:
        for operation in with_body():
            for kind in TYPES:
                if kind not in operation.media_types:
                    sent = world.path(operation), world.body(operation) or b"{}", world.headers(operation)
                    yield operation, kind, attack(operation, *sent, kind=kind)

    assert offences(attacks(), lambda answer: refused(answer) and answer.status_code in (400, 415)) == []


def test_a_body_with_one_wrong_value_is_refused_at_every_place(world):
    sent = every_fifth()

    def attacks() -> Iterator[tuple[Operation, str, Any]]:
        for operation in with_body():
            path = world.path(operation)
            for pointer, body in filter(lambda _: sent(), wrong_bodies(operation.body, operation.example)):
                answer = attack(operation, path, json.dumps(body).encode(), world.headers(operation))
                yield operation, f"{pointer} of {json.dumps(body)[:300]}", answer

    assert offences(attacks(), refused) == []


def test_a_parameter_that_is_none_is_no_crash(world):
    sent = every_fifth()

    def attacks() -> Iterator[tuple[Operation, str, Any]]:
        for operation in operations():
            if operation.method != "GET":
                continue
            path, headers = world.path(operation), world.headers(operation)
            for name in [parameter["name"] for parameter in operation.named("query")] or ["limit"]:
                queries = [f"{name}={text}" for text in TEXTS]
                queries += f"{name}=1&{name}=2", f"{name}[$gt]=", f"{name}[]=1", f"{name}=%5B%5D"
                for query in filter(lambda _: sent(), queries):
                    yield operation, query[:40], attack(operation, f"{path}?{query}", b"", headers)

    assert offences(attacks(), lambda answer: answer.status_code == 200 or refused(answer)) == []


def _is_written(kind: str | None, text: str) -> bool:
    """Whether this text is a value of the kind, as a query writes one."""
    return text.lstrip("-").isdecimal() if kind == "integer" else kind == "boolean" and text in {"true", "false"}


def test_a_value_of_a_parameter_that_the_document_does_not_know_is_refused(world):
    def attacks() -> Iterator[tuple[Operation, str, Any]]:
        for operation in operations():
            path, headers = world.path(operation), world.headers(operation)
            for parameter in operation.named("query") if operation.method == "GET" else ():
                schema = parameter["schema"]
                schema = schema["items"] if schema.get("type") == "array" else schema  # said once, it is one item
                plain = [one for one in wrong_values(schema) if isinstance(one, int | str) and one is not True]
                if schema.get("type") == "string" and not {"enum", "format"} & schema.keys():
                    continue  # any text is one
                for value in plain:
                    if isinstance(value, str) and _is_written(schema.get("type"), value):
                        continue
                    query = f"{parameter['name']}={quote(str(value))}"
                    yield operation, query[:60], attack(operation, f"{path}?{query}", b"", headers)

    assert offences(attacks(), refused) == []


def test_a_path_that_is_none_is_absent(world):
    sent = every_fifth()

    def attacks() -> Iterator[tuple[Operation, str, Any]]:
        for operation in operations():
            for parameter in operation.named("path"):
                for text in filter(lambda _: sent(), TEXTS[2:]):
                    path = world.path(operation, **{parameter["name"]: text})
                    answer = attack(operation, path, world.body(operation), world.headers(operation))
                    yield operation, f"{parameter['name']}={text[:20]}", answer

    # Taking a line out that is not there is done already.
    gone = ("DELETE /api/v1/carts/{cart_id}/lines/{sku}", 200)
    found = (
        (operation, what, answer)
        for operation, what, answer in attacks()
        if (operation.name, answer.status_code) != gone
    )
    assert offences(found, refused) == []


def test_an_idempotency_key_that_is_none_is_refused(world):
    def attacks() -> Iterator[tuple[Operation, str, Any]]:
        for operation in operations():
            if any(parameter["name"] == "Idempotency-Key" for parameter in operation.named("header")):
                for key in KEYS:
                    headers = {**world.headers(operation), "Idempotency-Key": key}
                    yield operation, key[:9], attack(operation, world.path(operation), world.body(operation), headers)

    # A login or refresh that proves nothing is refused before its key is looked at.
    assert offences(attacks(), lambda answer: refused(answer) and answer.status_code in (400, 401)) == []


def test_an_if_match_that_names_no_state_is_stale(world: World) -> None:
    def attacks() -> Iterator[tuple[Operation, str, Any]]:
        for operation in operations():
            if any(parameter["name"] == "If-Match" for parameter in operation.named("header")):
                for match in ("r1", '"', '"r99999999999999999999"', 'W/"r1"', "\xff", '"r-1"', '"$gt"'):
                    headers = {**world.headers(operation), "If-Match": match}
                    yield operation, match, attack(operation, world.path(operation), world.body(operation), headers)

    assert offences(attacks(), lambda answer: refused(answer) and answer.status_code in (404, 412, 422)) == []
