"""Staff is invited by mail: one token, once, for a while, and never more roles than the inviter has."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.contrib.auth import authenticate
from django.test import Client

from apps.accounts.contracts import ACCEPT_WITHIN, RoleBeyondYours, TokenNotValid
from apps.accounts.models import Invitation, Session, User
from apps.accounts.rules import Role
from apps.accounts.services.accept_invitation import accept_invitation
from apps.accounts.services.change_roles import change_roles
from apps.accounts.services.invite_staff import invite_staff
from apps.accounts.services.issue_session import Device, issue_session
from apps.accounts.testing.people import login, make_person
from shop import clock
from shop.ids import uuid7
from shop.models import IdempotencyKey, OutboxRow
from shop.testing.http import send
from shop.testing.races import at_once, happens_before

pytestmark = pytest.mark.usefixtures("database")

PASSWORD = "correct horse battery"


@pytest.fixture
def boss(database):
    return make_person("boss@example.com", Role.ADMIN, name="The Boss")


def told(name: str = "staff_invited") -> list[dict[str, Any]]:
    rows = OutboxRow.objects.using("accounts").filter(name=f"accounts.{name}.v1").order_by("id")
    once = {row.event_id: msgspec.json.decode(row.payload) for row in rows}  # whatever the number of its listeners
    return list(once.values())


def invite(boss: User, email: str = "cleo@example.com", *roles: str, **headers: str) -> Any:
    return send(
        "POST", "/staff/invitations", {"email": email, "roles": list(roles or ("support",))}, **headers, **login(boss)
    )


def token_of(boss: User, email: str = "cleo@example.com", *roles: str) -> str:
    assert invite(boss, email, *roles).status_code == 201
    return str(told()[-1]["token"])


def accept(token: str, **changes: Any) -> Any:
    return send("POST", "/auth/invitations/accept", {"token": token, "name": "Cleo", "password": PASSWORD, **changes})


def test_who_is_invited_becomes_staff_with_these_roles(boss):
    token = token_of(boss, "Cleo@Example.com", "support", "finance")

    answer = accept(token)

    assert (answer.status_code, answer.json()["roles"], answer.json()["email"]) == (
        201,
        ["finance", "support"],
        "cleo@example.com",
    )
    cleo = User.objects.get(email="cleo@example.com")
    assert authenticate(username="cleo@example.com", password=PASSWORD) == cleo
    assert cleo.verified_at is not None
    assert [event["email"] for event in told("address_verified")] == ["cleo@example.com"]
    invitation = Invitation.objects.get()
    assert (invitation.state, invitation.accepted_by) == ("accepted", cleo.pk)


def test_the_token_is_in_the_mail_alone(boss):
    answer = invite(boss, idempotency_key="k1")
    again = invite(boss, idempotency_key="k1")

    [event] = told()
    assert (event["email"], event["roles"], event["invited_by"]) == ("cleo@example.com", ["support"], "The Boss")
    stored = IdempotencyKey.objects.using("accounts").get().body + str(list(Invitation.objects.values()))
    assert event["token"] not in stored + answer.content.decode()
    assert (again.json(), Invitation.objects.count()) == (answer.json(), 1)


def test_a_token_works_once(boss):
    token = token_of(boss)
    accept(token)

    again = accept(token, password="another horse battery")

    assert (again.status_code, again.json()["code"]) == (422, "accounts.token_not_valid")
    assert authenticate(username="cleo@example.com", password=PASSWORD) is not None


def test_of_two_who_accept_at_once_one_does(boss):
    token = token_of(boss)

    results = at_once(*[lambda: accept_invitation(token=token, name="C", password=PASSWORD)] * 2)

    assert sorted(type(result).__name__ for result in results) == ["TokenNotValid", "User"]


@pytest.mark.parametrize("token", ["", "x", "x" * 10_000, None, {"$gt": ""}, "\ud800"])
def test_what_is_no_token_is_refused_alike(token):
    answer = accept(token)

    assert answer.status_code in {400, 422}
    assert not User.objects.exists()


def test_a_token_ends_by_time_by_a_newer_one_and_by_being_revoked(boss, monkeypatch):
    late = token_of(boss, "late@example.com")
    older, newer = token_of(boss), token_of(boss)
    revoked = token_of(boss, "revoked@example.com")
    path = f"/staff/invitations/{Invitation.objects.get(email='revoked@example.com').pk}"
    assert [send("DELETE", path, **login(boss)).status_code for _ in range(2)] == [204, 204]
    Invitation.objects.filter(email="late@example.com").update(expires_at=clock.now() - timedelta(seconds=1))

    for token in (late, older, revoked):
        assert accept(token).json()["code"] == "accounts.token_not_valid"
    assert accept(newer).status_code == 201
    listed = send("GET", "/staff/invitations", **login(boss)).json()["data"]
    assert [(one["email"].partition("@")[0], one["state"]) for one in listed] == [
        ("revoked", "revoked"),
        ("cleo", "accepted"),
        ("cleo", "revoked"),
        ("late", "expired"),
    ]
    assert listed[0]["inviter"] == "The Boss"


def test_what_was_accepted_cannot_be_revoked(boss):
    accept(token_of(boss))

    answer = send("DELETE", f"/staff/invitations/{Invitation.objects.get().pk}", **login(boss))

    assert (answer.status_code, answer.json()["code"]) == (409, "accounts.invitation_closed")
    absent = send("GET", f"/staff/invitations/{uuid7()}", **login(boss))
    assert (absent.status_code, absent.json()["code"]) == (404, "accounts.invitation_not_found")


def test_an_account_that_the_address_has_is_upgraded_and_logged_out(boss):
    cleo = make_person("cleo@example.com", Role.FULFILMENT, password="the old password", verified_at=None)
    issue_session(cleo, Device("somebody's phone"))

    answer = accept(token_of(boss))

    assert (answer.json()["id"], answer.json()["roles"]) == (str(cleo.pk), ["fulfilment", "support"])
    assert authenticate(username="cleo@example.com", password="the old password") is None
    assert not Session.objects.filter(ends_at__gt=clock.now()).exists()
    assert len(told("address_verified")) == 1


def test_nobody_invites_beyond_their_own_roles(boss):
    support = make_person("support@example.com", Role.SUPPORT)

    with pytest.raises(RoleBeyondYours):
        invite_staff(invitation_id=uuid7(), email="eve@example.com", roles=[Role.ADMIN], by=support.pk)
    assert not Invitation.objects.exists()
    assert told() == []


def test_an_invitation_ends_with_the_right_of_its_inviter(boss):
    other = make_person("other@example.com", Role.ADMIN)
    token = token_of(boss)
    change_roles(user_id=boss.pk, roles=[Role.FINANCE], by=other.pk)

    with pytest.raises(TokenNotValid):
        accept_invitation(token=token, name="Cleo", password=PASSWORD)


def test_a_weak_password_leaves_the_token_good(boss):
    token = token_of(boss)

    weak = accept(token, password="12345678")

    assert (weak.status_code, weak.json()["errors"][0]["pointer"]) == (422, "/password")
    assert accept(token).status_code == 201


def test_an_address_that_registers_in_the_same_moment_is_upgraded(boss):
    token = token_of(boss)

    with happens_before("apps.accounts.services.accept_invitation.transact", lambda: make_person("cleo@example.com")):
        user = accept_invitation(token=token, name="Cleo", password=PASSWORD)

    assert User.objects.filter(email="cleo@example.com").count() == 1
    assert user.roles() == [Role.SUPPORT]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "x", "roles": ["support"]}, "/email"),
        ({"email": "x@example.com", "roles": []}, "/roles"),
        ({"email": "x@example.com", "roles": ["king"]}, "/roles/0"),
        ({"email": "x@example.com"}, "/roles"),
    ],
)
def test_wrong_invitations_are_named(boss, body, pointer):
    answer = send("POST", "/staff/invitations", body, **login(boss))

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)


def test_an_invitation_lasts_as_long_as_its_mail(boss):
    got = invite(boss).json()

    assert Invitation.objects.get().expires_at - Invitation.objects.get().created_at == ACCEPT_WITHIN
    assert send("GET", f"/staff/invitations/{got['id']}", **login(boss)).json() == got


def test_the_link_of_the_mail_leads_to_a_page_that_accepts(boss):
    token = token_of(boss)
    client = Client()

    page = client.get("/account/accept-invitation", {"token": token})
    assert (page.status_code, Invitation.objects.get().state) == (200, "open")
    assert token in page.content.decode()
    weak = client.post("/account/accept-invitation", {"token": token, "name": "Cleo", "password": "12345678"})
    assert (weak.status_code, b'value="Cleo"' in weak.content) == (422, True)
    done = client.post("/account/accept-invitation", {"token": token, "name": "Cleo", "password": PASSWORD})
    assert (done.status_code, b"Welcome" in done.content) == (200, True)
    assert User.objects.get(email="cleo@example.com").name == "Cleo"
    again = client.post("/account/accept-invitation", {"token": token, "name": "Eve", "password": PASSWORD})
    assert again.status_code == 422
