"""Who has no token, a bad one or another one's gets nothing, on every route of the OpenAPI document."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from shop import clock
from shop.http.authentication import issue_order_token
from shop.identity.keys import signing_keys
from shop.ids import uuid7
from shop.testing.tokens import bearer
from tests.attacks.operations import Operation, operations
from tests.attacks.world import SCOPES, World, ask, attack

PERSONAL = {"cart_id": str(uuid7()), "address_id": str(uuid7()), "number": "SO-0000-0000"}
"""Path parameters that lead to what is somebody's, and ids that nobody has."""


def part(value: Any) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def bad_tokens() -> dict[str, str]:
    """None of them is a token of this shop, however much it looks like one."""
    good = bearer("staff", scopes=SCOPES).removeprefix("Bearer ")
    head, payload, signature = good.split(".")
    claims = jwt.decode(good, options={"verify_signature": False})
    ours = signing_keys(settings.SHOP_TOKEN_KEYS)[0]
    foreign = Ed25519PrivateKey.generate()
    with clock.shifted(timedelta(minutes=-6)):
        expired = bearer("staff", scopes=SCOPES).removeprefix("Bearer ")

    def signed(key: Any, kid: str = ours.kid, algorithm: str = "EdDSA", **changes: Any) -> str:
        wanted = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        return jwt.encode(wanted, key, algorithm, headers={"kid": kid})

    return {
        "garbled": "token-of-nobody",
        "of empty parts": "..",
        "long": "a" * 5000,
        "a deep header": f"{part(b'[' * 2900)}.e30.x",
        "cut": good[:-1],
        "none": f"{part({'alg': 'none', 'typ': 'JWT'})}.{payload}.",
        "None, with the true signature": f"{part({'alg': 'None', 'kid': ours.kid})}.{payload}.{signature}",
        "of another subject": f"{head}.{part({**claims, 'sub': str(uuid7())})}.{signature}",
        "expired": expired,
        "of a foreign key under our name": signed(foreign),
        "of a foreign key under its own name": signed(foreign, kid=uuid4().hex),
        "signed with our public key as a secret": signed(
            ours.private.public_key().public_bytes_raw(), algorithm="HS256"
        ),
        "signed with the settings' key": signed(settings.SECRET_KEY, algorithm="HS256"),
        "for another audience": signed(ours.private, aud="elsewhere"),
        "of another issuer": signed(ours.private, iss="https://elsewhere.example"),
        "without an end": signed(ours.private, exp=None),
        "of no person": signed(ours.private, sub="staff:1"),
        "of no kind": signed(ours.private, kind={"$gt": ""}),
        "a path as its key": signed(ours.private, kid="../../../dev/null"),
    }


def each(world: World, chosen: Callable[[Operation], bool], offence: Callable[[Operation], str]) -> None:
    """No operation among the chosen gives an offence."""
    wanted = [operation for operation in operations() if chosen(operation)]
    assert [found for operation in wanted if (found := offence(operation))] == []


def said(operation: Operation, what: str, answer: Any) -> str:
    return f"{operation.name}, {what}: {answer.status_code} {answer.content[:200]!r}"


def test_without_a_token_or_with_a_bad_one_nothing_opens_that_needs_one(world):
    tokens = {"no token": "", **{name: f"Bearer {token}" for name, token in bad_tokens().items()}}
    tokens |= {"another scheme": "Basic YWRhOmFkYQ==", "no scheme": tokens["none"], "two": "Bearer a b"}
    assert ask("GET", "/api/v1/me/cart", Authorization=bearer("customer", world.ada)).status_code == 200

    def offence(operation: Operation) -> str:
        headers, path, body = world.headers(operation), world.path(operation), world.body(operation)
        for name, token in tokens.items():
            answer = attack(operation, path, body, {**headers, "Authorization": token})
            challenged = answer.headers.get("WWW-Authenticate", "").startswith("Bearer")
            if answer.status_code != 401 or not challenged or answer.json()["code"] != "not_authenticated":
                return said(operation, name, answer)
        return ""

    each(world, lambda operation: operation.needs_token, offence)


def test_a_bad_token_is_refused_also_where_none_is_needed_but_public_reads_look_at_none(world):
    tokens = bad_tokens()

    def offence(operation: Operation) -> str:
        headers, path, body = world.headers(operation), world.path(operation), world.body(operation)
        for name, token in tokens.items():
            answer = attack(operation, path, body, {**headers, "Authorization": f"Bearer {token}"})
            public = operation.method == "GET" and answer.status_code in (200, 301, 308, 404)
            if answer.status_code != 401 and not public:
                return said(operation, name, answer)
        return ""

    each(world, lambda operation: not operation.needs_token, offence)


def test_a_customer_and_a_guest_may_do_nothing_that_is_for_staff(world):
    callers = {
        "a customer": bearer("customer", world.eve),
        "a customer who claims scopes": bearer("customer", world.eve, ()),
        "staff without scopes": bearer("staff", world.eve),
        "a guest's order": f"Bearer {issue_order_token(uuid7())}",
    }

    def offence(operation: Operation) -> str:
        headers, path, body = world.headers(operation), world.path(operation), world.body(operation)
        for name, token in callers.items():
            answer = attack(operation, path, body, {**headers, "Authorization": token})
            if answer.status_code != 403:
                return said(operation, name, answer)
        return ""

    each(world, lambda operation: operation.access.startswith("staff with"), offence)


def test_the_token_of_an_order_is_no_login(world):
    token = f"Bearer {world.order['token']}"

    def offence(operation: Operation) -> str:
        headers = {**world.headers(operation), "Authorization": token}
        answer = attack(operation, world.path(operation), world.body(operation), headers)
        return "" if answer.status_code == 403 else said(operation, "an order's token", answer)

    each(world, lambda operation: operation.access == "a person who is logged in", offence)


def test_what_is_anothers_looks_like_what_is_absent(world):
    callers = {
        "eve": bearer("customer", world.eve),
        "a guest": "",
        "a guest's order": f"Bearer {issue_order_token(uuid7())}",
    }
    seen = set()

    def told(answer: Any, path: str) -> str:
        shown = {**answer.json(), "request_id": "", "instance": ""}  # the path that was asked for
        text = json.dumps(shown)
        for value in path.split("/"):
            text = text.replace(value, "") if value in {*PERSONAL.values(), *world.names.values()} else text
        return text

    def offence(operation: Operation) -> str:
        [name] = PERSONAL.keys() & {parameter["name"] for parameter in operation.named("path")}
        body, paths = world.body(operation), [world.path(operation), world.path(operation, **{name: PERSONAL[name]})]
        for caller, token in callers.items():
            asked = [(path, {**world.headers(operation), "Authorization": token}) for path in paths]
            answers = [attack(operation, path, body, headers) for path, headers in asked]
            statuses = {answer.status_code for answer in answers}
            if statuses in ({401}, {403}) and operation.needs_token and caller != "eve":
                continue
            seen.add((operation.name, name))
            if statuses != {404} or told(answers[0], paths[0]) != told(answers[1], paths[1]):
                return said(operation, caller, answers[0])
        return ""

    each(
        world,
        lambda operation: (
            not operation.access.startswith("staff with")
            and bool(PERSONAL.keys() & {parameter["name"] for parameter in operation.named("path")})
        ),
        offence,
    )
    assert {name for _, name in seen} == set(PERSONAL)
