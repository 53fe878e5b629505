"""Every role at every operation and page of the admin: it may what the table of who_may.py says, and no more."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client

from apps.accounts.models import User
from apps.accounts.rules import Role
from apps.accounts.services.change_roles import change_roles
from apps.accounts.services.close_account import close_staff
from apps.accounts.services.issue_session import Device, issue_session
from apps.accounts.testing.people import login, make_person
from shop.identity import revocation
from shop.ids import uuid7
from tests.attacks.operations import Operation, operations
from tests.attacks.who_may import BUYERS, FORMS, OPERATIONS, PAGES, READS_OF_ORDERS, ROLES, is_for, lines, may, rights
from tests.attacks.world import World, attack, inhabited

REFUSED = (401, 403)
ABSENT = str(uuid7())
SYSTEM = "shop/outboxrow"
LINK = re.compile(r'href="(/admin/[^"#]*)')
KEY = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}")


@pytest.fixture
def world(database: None) -> Iterator[World]:
    with inhabited() as made:
        yield made


@pytest.fixture
def staff(world: World) -> dict[str, User]:
    """One person of each role."""
    return {role: make_person(f"{role}@shop.example", Role(role)) for role in ROLES}


def of_staff() -> list[Operation]:
    """The operations of the table; those that only refuse and read first, so that they find what is there."""
    wanted = rights()
    found = [operation for operation in operations() if operation.name in wanted]
    return sorted(found, key=lambda one: ("GET", "PATCH", "PUT", "POST", "DELETE").index(one.method))


def called(world: World, operation: Operation, token: str) -> Any:
    """As somebody with this token."""
    headers = {**world.headers(operation), "Authorization": token}
    return attack(operation, world.path(operation), world.body(operation), headers)


def said(who: str, name: str, answer: Any) -> str:
    return f"{who}: {name}: {answer.status_code} {answer.content[:150]!r}"


def test_the_table_names_every_operation_of_staff_and_no_other():
    documented = {one.name: one.access.removeprefix("staff with ") for one in operations() if "staff" in one.access}

    assert rights() == documented
    assert sum(len(list(lines(text))) for text in OPERATIONS.values()) == len(documented)


def test_a_role_may_do_what_the_table_says_and_nothing_else(world: World, staff: dict[str, User]) -> None:
    wanted, wrong, calls = rights(), [], {True: 0, False: 0}
    for operation in of_staff():
        for role, person in staff.items():
            allowed = may(role, wanted[operation.name])
            answer = called(world, operation, login(person)["authorization"])
            calls[allowed] += 1
            refused = answer.status_code in REFUSED
            if answer.status_code >= 500 or refused is allowed or (refused and answer.status_code != 403):
                wrong.append(said(role, operation.name, answer))

    assert wrong == [], "\n".join(wrong)
    assert min(calls.values()) > 100


def test_an_order_of_somebody_is_absent_for_staff_who_do_not_read_orders(world: World, staff: dict[str, User]) -> None:
    wrong = []
    for operation in [one for one in operations() if one.name in set(lines(READS_OF_ORDERS))]:
        for role, person in staff.items():
            answer = called(world, operation, login(person)["authorization"])
            deeper = "{parcel_id}" in operation.path or "{return_id}" in operation.path
            expected = 404 if deeper or not may(role, "orders:read") else 200
            if answer.status_code != expected:
                wrong.append(said(role, operation.name, answer))

    assert wrong == [], "\n".join(wrong)


def test_staff_do_for_a_buyer_what_the_table_says_and_nothing_else(world: World, staff: dict[str, User]) -> None:
    by_name, wrong = {one.name: one for one in operations()}, []
    for line, roles in BUYERS.items():
        [name] = lines(line)
        for role, person in staff.items():
            status = called(world, by_name[name], login(person)["authorization"]).status_code
            refusal = 403 if may(role, "orders:read") else 404
            if (status >= 500 or status in REFUSED) if role in roles.split() else status != refusal:
                wrong.append(f"{role}: {name}: {status}")

    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("end", ["roles taken", "closed"])
def test_the_access_token_of_who_is_no_staff_any_more_opens_nothing(world: World, end: str) -> None:
    boss, gone = (make_person(f"{name}@shop.example", Role.ADMIN) for name in ("boss", "gone"))
    token = f"Bearer {issue_session(gone, Device('phone')).access}"
    [first] = [one for one in operations() if one.name == "GET /api/v1/staff"]
    assert called(world, first, token).status_code == 200

    if end == "closed":
        close_staff(user_id=gone.pk, by=boss.pk)
    else:
        change_roles(user_id=gone.pk, roles=[], by=boss.pk)
    revocation.forget()  # as after the second within which every process looks

    answers = {one.name: called(world, one, token) for one in of_staff()}
    assert [said(end, name, answer) for name, answer in answers.items() if answer.status_code != 401] == []


def pages() -> dict[str, Any]:
    """Every page by the beginning of its address."""
    return {f"{model._meta.app_label}/{model._meta.model_name}": page for model, page in admin.site._registry.items()}


def rows() -> dict[str, Any]:
    """Of each kind of page the key of one row, or of none."""
    found = {}
    for kind, page in pages().items():
        first = None if kind == SYSTEM else page.model._default_manager.first()
        found[kind] = ABSENT if first is None else first.pk
    return found


def browser(person: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def test_the_table_names_every_page_of_the_admin_and_every_form_beside_them():
    assert sorted(PAGES) == sorted(pages())
    own = re.compile(r"^<uuid:object_id>/(\w+)/$")
    forms = {
        f"{kind}/{found[1]}"
        for kind, page in pages().items()
        for pattern in page.get_urls()
        if (found := own.match(str(pattern.pattern)))
    }
    assert forms == set(FORMS)


def test_a_role_sees_the_pages_of_the_admin_that_the_table_says(world: World, staff: dict[str, User]) -> None:
    keys, wrong = rows(), []
    for role, person in staff.items():
        client = browser(person)
        for kind, (seen, added, deleted) in PAGES.items():
            key = keys[kind]
            of_one = 302 if key == ABSENT else 200
            sees, adds = is_for(role, seen), bool(added) and is_for(role, added)
            deletes = bool(deleted) and is_for(role, deleted)
            asked = {"": (sees, 200), "add/": (adds, 200)}
            if kind != SYSTEM:  # none of its rows is shown whole
                asked |= {f"{key}/change/": (sees, of_one), f"{key}/delete/": (deletes, of_one)}
            for address, (allowed, opened) in asked.items():
                answer = client.get(f"/admin/{kind}/{address}")
                if answer.status_code != (opened if allowed else 403):
                    wrong.append(said(role, f"{kind}/{address}", answer))

    assert wrong == [], "\n".join(wrong)


def test_a_form_of_the_admin_is_for_the_roles_of_the_table(world: World, staff: dict[str, User]) -> None:
    keys, wrong = rows(), []
    for role, person in staff.items():
        client = browser(person)
        for form, roles in FORMS.items():
            kind, _, name = form.rpartition("/")
            answer = client.post(f"/admin/{kind}/{keys[kind]}/{name}/", {})
            if answer.status_code >= 500 or (answer.status_code == 403) is is_for(role, roles):
                wrong.append(said(role, form, answer))

    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("role", ROLES)
def test_no_link_of_the_admin_leads_to_nothing_or_to_a_refusal(world: World, role: str) -> None:
    """From the first page on, one page of each kind."""
    client, waiting = browser(make_person(f"{role}@shop.example", Role(role))), ["/admin/"]
    kinds, wrong = set(), []
    while waiting:
        address = waiting.pop(0)
        kind = (KEY.sub("<id>", address.partition("?")[0]), "?" in address)
        if kind in kinds or "logout" in address:
            continue
        kinds.add(kind)
        answer = client.get(address)
        if answer.status_code != 200:
            wrong.append(said(role, address, answer))
        waiting += [unescape(link) for link in LINK.findall(answer.content.decode())]

    assert wrong == [], "\n".join(wrong)
    assert len(kinds) >= (80 if role == "admin" else 20)


def test_who_is_no_staff_or_none_any_more_sees_no_page_of_the_admin(world: World) -> None:
    boss = make_person("boss@shop.example", Role.ADMIN)
    closed, stripped = (make_person(f"{name}@shop.example", Role.ADMIN) for name in ("closed", "stripped"))
    customer = User.objects.get(pk=world.ada)
    clients = {"a stranger": Client()} | {one.email: browser(one) for one in (closed, stripped, customer)}
    assert clients[closed.email].get("/admin/").status_code == 200
    close_staff(user_id=closed.pk, by=boss.pk)
    change_roles(user_id=stripped.pk, roles=[], by=boss.pk)

    wrong = []
    for who, client in clients.items():
        for kind, key in rows().items():
            for address in ("", "add/", f"{key}/change/"):
                answer = client.get(f"/admin/{kind}/{address}")
                if (answer.status_code, answer.headers.get("Location", "")[:13]) != (302, "/admin/login/"):
                    wrong.append(said(who, f"{kind}/{address}", answer))

    assert wrong == [], "\n".join(wrong)
