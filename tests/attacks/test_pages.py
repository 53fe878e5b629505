"""Every operation for a person in a browser: its form has what it takes, and whatever it answers is a page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from shop.testing.tokens import bearer
from tests.attacks.operations import Operation, operations
from tests.attacks.world import SCOPES, World, ask, attack, inhabited

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
SHOWN = re.compile(r"<b>HTTP (\d+) ")
FORM = re.compile(r"<form([^>]*)>(.*?)</form>", re.DOTALL)
METHOD = re.compile(r'(?:data-method|method)="([A-Z]+)"')
HEADER = re.compile(r'data-header="([^"]+)"')
SIGNED = ("/api/v1/webhooks/stripe", "/api/v1/webhooks/twilio", "/api/v1/webhooks/mail")
FORMLESS = ("/api/v1/auth/token", "/api/v1/auth/token/refresh")
"""They look at nobody's token, so to them nobody is logged in."""
GONE = [
    "DELETE /api/v1/me/addresses/{address_id}",
    "DELETE /api/v1/products/{slug}",
    "POST /api/v1/auth/logout",
    "POST /api/v1/auth/logout-everywhere",
]
"""What succeeds here without a body."""
WRITES = {"POST", "PUT", "PATCH", "DELETE"}


@pytest.fixture
def world(database: None) -> Iterator[World]:
    with inhabited() as made:
        yield made


def is_page(answer: Any) -> bool:
    return bool(answer.headers.get("Content-Type", "") == "text/html; charset=utf-8" and answer.status_code < 500)


def headers_by_method(page: str) -> dict[str, set[str]]:
    """The header fields of each form, by the methods that it sends."""
    found: dict[str, set[str]] = {}
    for attributes, inside in FORM.findall(page):
        for method in METHOD.findall(attributes + inside):
            found[method] = set(HEADER.findall(inside))
    return {method: names for method, names in found.items() if method in WRITES}


def person(world: World, operation: Operation) -> dict[str, str]:
    """Who may do this and has a page: what nobody needs a token for, and a guest's order, is done as ada here."""
    staff = "staff with" in operation.access and "token of an order" not in operation.access
    token = bearer("staff", world.staff, SCOPES) if staff else bearer("customer", world.ada)
    return {**HTML, "Authorization": token}


def test_a_form_has_a_field_for_each_header_that_its_operation_takes(world):
    wrong, seen = [], 0
    for operation in operations():
        if operation.method not in WRITES or operation.path in FORMLESS:
            continue
        page = ask("GET", world.path(operation), b"", **person(world, operation))
        taken = {one["name"] for one in operation.named("header")} & {"Idempotency-Key", "If-Match"}
        shown = headers_by_method(page.content.decode()).get(operation.method)
        seen += bool(taken)
        if not is_page(page) or shown != taken:
            wrong.append((operation.name, page.status_code, shown, taken))
    assert wrong == []
    assert seen > 60


@pytest.mark.parametrize("path", SIGNED)
def test_what_others_call_has_a_page_too(world, path):
    page = ask("GET", path, b"", **HTML, Authorization=bearer("customer", world.ada))
    assert (page.status_code, is_page(page)) == (405, True)


def test_whatever_an_operation_answers_is_a_page(world):
    shown: dict[str, list[str]] = {}
    wrong = []
    for operation in sorted(operations(), key=lambda one: one.method == "DELETE"):
        headers = {**world.headers(operation), **HTML}
        answer = attack(operation, world.path(operation), world.body(operation), headers)
        if not is_page(answer):
            wrong.append((operation.name, answer.status_code, answer.content[:200]))
        for status in SHOWN.findall(answer.content.decode()):
            shown.setdefault(status, []).append(operation.name)
    assert wrong == []
    assert sorted(shown["204"]) == GONE
