"""Staff and customers over HTTP: who may see and change them, and what that does to their sessions."""

from __future__ import annotations

import pytest

from apps.accounts.models import Session, User
from apps.accounts.queries import invitations, people
from apps.accounts.rules import Role
from apps.accounts.services.issue_session import Device, issue_session
from apps.accounts.testing.people import login, make_person
from apps.accounts.tests.test_addresses import add
from shop import clock
from shop.ids import uuid7
from shop.testing.counting import queries_of
from shop.testing.http import send
from shop.testing.plans import assert_by_index
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def boss(database):
    return make_person("boss@example.com", Role.ADMIN)


@pytest.fixture
def ada(database):
    return make_person("ada@example.com")


def living_sessions(user: User) -> int:
    return Session.objects.filter(user_id=user.pk, ends_at__gt=clock.now()).count()


STAFF_ROUTES = [
    ("GET", "/staff", None),
    ("GET", f"/staff/{uuid7()}", None),
    ("DELETE", f"/staff/{uuid7()}", None),
    ("PUT", f"/staff/{uuid7()}/roles", {"roles": []}),
    ("GET", "/staff/invitations", None),
    ("POST", "/staff/invitations", {"email": "x@example.com", "roles": ["support"]}),
    ("GET", f"/staff/invitations/{uuid7()}", None),
    ("DELETE", f"/staff/invitations/{uuid7()}", None),
]
CUSTOMER_READS = [("GET", "/customers", None), ("GET", f"/customers/{uuid7()}", None)]
CUSTOMER_WRITES = [
    ("POST", f"/customers/{uuid7()}/deactivate", None),
    ("POST", f"/customers/{uuid7()}/activate", None),
]
ALL = {"staff:write": STAFF_ROUTES, "customers:read": CUSTOMER_READS, "customers:write": CUSTOMER_WRITES}


@pytest.mark.parametrize("scope", ALL)
def test_each_route_needs_its_scope(scope):
    others = {"catalog:write", "orders:read", *ALL} - {scope}
    for method, path, body in ALL[scope]:
        assert send(method, path, body).status_code == 401, path
        assert send(method, path, body, authorization=bearer()).status_code == 403, path
        assert send(method, path, body, authorization=bearer("staff", scopes=others)).status_code == 403, path
        allowed = send(method, path, body, authorization=bearer("staff", scopes=[scope])).status_code
        assert allowed in {200, 404, 401}, (path, allowed)  # 401: who asks must be somebody, to give roles


def test_staff_is_listed_with_roles_by_address(boss, ada):
    make_person("cleo@example.com", Role.SUPPORT, Role.FINANCE)

    with queries_of("accounts") as reads:
        answer = send("GET", "/staff", **login(boss))

    assert [(one["email"], one["roles"]) for one in answer.json()["data"]] == [
        ("boss@example.com", ["admin"]),
        ("cleo@example.com", ["finance", "support"]),
    ]
    assert sum("accounts_" in one for one in reads) == 2
    found = send("GET", "/staff?email=Cleo", **login(boss)).json()["data"]
    assert [one["email"] for one in found] == ["cleo@example.com"]


def test_roles_are_set_and_a_stale_wish_is_refused(boss, ada):
    answer = send("PUT", f"/staff/{ada.pk}/roles", {"roles": ["support", "finance", "support"]}, **login(boss))
    assert (answer.status_code, answer.json()["roles"]) == (200, ["finance", "support"])

    shown = send("GET", f"/staff/{ada.pk}", **login(boss))
    assert shown["ETag"] == answer["ETag"]
    stale = send("PUT", f"/staff/{ada.pk}/roles", {"roles": []}, if_match='"r0"', **login(boss))
    assert (stale.status_code, User.objects.get(pk=ada.pk).is_staff) == (412, True)


@pytest.mark.parametrize("roles", [["king"], "admin", [["admin"]], [{"$ne": ""}], None])
def test_what_is_no_list_of_roles_is_refused(boss, ada, roles):
    answer = send("PUT", f"/staff/{ada.pk}/roles", {"roles": roles}, **login(boss))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"].startswith("/roles")


def test_taken_roles_end_sessions_and_given_ones_do_not(boss, ada):
    issue_session(ada, Device("phone"))
    send("PUT", f"/staff/{ada.pk}/roles", {"roles": ["support"]}, **login(boss))
    assert living_sessions(ada) == 1

    send("PUT", f"/staff/{ada.pk}/roles", {"roles": ["finance"]}, **login(boss))
    assert living_sessions(ada) == 0


def test_who_lost_the_right_can_give_none_although_their_token_says_so(boss, ada):
    headers = login(boss)
    other = make_person("other@example.com", Role.ADMIN)
    send("PUT", f"/staff/{boss.pk}/roles", {"roles": []}, **login(other))

    answer = send("PUT", f"/staff/{ada.pk}/roles", {"roles": ["admin"]}, **headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "accounts.role_beyond_yours")


def test_staff_who_leaves_loses_roles_sessions_and_account(boss):
    cleo = make_person("cleo@example.com", Role.SUPPORT)
    issue_session(cleo, Device("phone"))

    assert send("DELETE", f"/staff/{cleo.pk}", **login(boss)).status_code == 204

    cleo.refresh_from_db()
    assert (cleo.is_active, cleo.is_staff, cleo.roles(), living_sessions(cleo)) == (False, False, [], 0)
    assert send("DELETE", f"/staff/{cleo.pk}", **login(boss)).json()["code"] == "accounts.person_not_found"
    last = send("DELETE", f"/staff/{boss.pk}", **login(boss))
    assert (last.status_code, last.json()["code"]) == (409, "accounts.last_admin")


def test_customers_are_found_by_the_beginning_of_their_address(boss):
    for name in ("ada", "adam", "bob", "zoë"):
        make_person(f"{name}@example.com")
    support = login(make_person("support@example.com", Role.SUPPORT))

    def found(path: str) -> list[str]:
        return [one["email"].partition("@")[0] for one in send("GET", path, **support).json()["data"]]

    assert found("/customers") == ["ada", "adam", "bob", "zoë"]
    assert found("/customers?email=ADA") == ["ada", "adam"]
    assert found("/customers?email=ada%40") == ["ada"]
    assert found("/customers?email=%25") == found("/customers?email=a_a") == []
    first = send("GET", "/customers?limit=3", **support).json()
    assert found(f"/customers?limit=3&after={first['next_cursor']}") == ["zoë"]
    assert found(f"/customers?limit=1&after={first['next_cursor']}") == ["zoë"]


@pytest.mark.parametrize("path", ["/staff?", "/customers?email=a&"])
def test_a_cursor_of_customers_is_none_of_staff_or_of_other_customers(boss, path):
    for name in ("ada", "adam"):
        make_person(f"{name}@example.com")
    cursor = send("GET", "/customers?limit=1", **login(boss)).json()["next_cursor"]

    refused = send("GET", f"{path}after={cursor}", **login(boss))

    assert (refused.status_code, refused.json()["code"]) == (400, "malformed")


def test_a_customer_is_shown_with_addresses_and_staff_is_none(boss, ada):
    add(ada, phone="030 901820")
    support = login(make_person("support@example.com", Role.SUPPORT))

    shown = send("GET", f"/customers/{ada.pk}", **support).json()

    assert (shown["email"], [one["phone"] for one in shown["addresses"]]) == ("ada@example.com", ["+4930901820"])
    for path in (f"/customers/{boss.pk}", f"/customers/{uuid7()}"):
        assert send("GET", path, **support).json()["code"] == "accounts.person_not_found"
    assert send("POST", f"/customers/{boss.pk}/deactivate", **support).status_code == 404


def test_a_closed_customer_is_out_and_may_be_let_in_again(ada):
    support = login(make_person("support@example.com", Role.SUPPORT))
    issue_session(ada, Device("phone"))

    closed = send("POST", f"/customers/{ada.pk}/deactivate", **support)
    assert (closed.status_code, closed.json()["is_active"], living_sessions(ada)) == (200, False, 0)
    assert send("GET", "/me", **login(ada)).status_code == 401
    opened = send("POST", f"/customers/{ada.pk}/activate", **support)
    assert (opened.status_code, opened.json()["is_active"]) == (200, True)
    assert send("GET", "/me", **login(ada)).status_code == 200


@pytest.mark.parametrize(
    "rows",
    [
        lambda: people(is_staff=False).order_by("email")[:21],
        lambda: people(is_staff=False, email="ada").order_by("email")[:21],
        lambda: people(is_staff=True).order_by("email")[:21],
        lambda: invitations().order_by("-id")[:21],
        lambda: User.objects.filter(erase_at__lte=clock.now()).order_by("erase_at")[:50],
    ],
)
def test_lists_of_people_are_read_by_an_index(rows):
    for number in range(3):
        make_person(f"ada{number}@example.com")

    assert_by_index(rows())
