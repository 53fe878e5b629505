"""One's own account: the profile, and being erased after days of grace."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from django.contrib.auth.hashers import make_password

from apps.accounts.contracts import AccountDeleted
from apps.accounts.models import AccountRequest, Address, OneTimeToken, Session, User
from apps.accounts.rules import Role
from apps.accounts.services.erase_account import erase_account
from apps.accounts.services.issue_session import Device, issue_session
from apps.accounts.services.keep_account import keep_account
from apps.accounts.tasks import erase_accounts
from apps.accounts.testing.people import login, make_person
from apps.accounts.tests.test_addresses import add
from shop import clock
from shop.models import OutboxRow
from shop.testing.http import send
from shop.testing.races import happens_before
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database")

PASSWORD = "correct horse battery"


@pytest.fixture
def ada(database):
    return make_person("ada@example.com", name="Ada", password=PASSWORD)


def told() -> set[str]:
    return set(OutboxRow.objects.using("accounts").values_list("name", flat=True))


def delete(user: User, password: str = PASSWORD):
    return send("DELETE", "/me", {"current_password": password}, **login(user))


def test_a_profile_is_shown_to_its_owner(ada):
    answer = send("GET", "/me", **login(ada))

    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    assert answer.json() == {
        "id": str(ada.pk),
        "email": "ada@example.com",
        "is_verified": True,
        "name": "Ada",
        "phone": "",
        "language": "en",
        "marketing_opt_in": False,
        "roles": [],
        "default_shipping_id": None,
        "default_billing_id": None,
        "created_at": answer.json()["created_at"],
        "erase_at": None,
    }


def test_only_what_is_named_changes(ada):
    answer = send("PATCH", "/me", {"phone": "+49 30 901820", "language": "pt-BR"}, **login(ada))

    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["name"], shown["phone"], shown["language"]) == ("Ada", "+4930901820", "pt-BR")
    assert send("PATCH", "/me", {"marketing_opt_in": True, "phone": ""}, **login(ada)).json()["phone"] == ""


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"phone": "030 901820"}, "/phone"),
        ({"language": "xx"}, "/language"),
        ({"language": "en\n"}, "/language"),
        ({"marketing_opt_in": "perhaps"}, "/marketing_opt_in"),
        ({"name": "x" * 10_000}, "/name"),
        ({"email": "eve@example.com"}, "/email"),
        ({"is_staff": True}, "/is_staff"),
        ({"roles": ["admin"]}, "/roles"),
    ],
)
def test_a_wrong_or_foreign_field_is_named(ada, body, pointer):
    answer = send("PATCH", "/me", body, **login(ada))

    if body == {"language": "en\n"}:
        assert answer.json()["language"] == "en"
        return
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, pointer)
    ada.refresh_from_db()
    assert (ada.version, ada.is_staff) == (0, False)


def test_a_stale_change_is_refused_and_undone(ada):
    seen = send("GET", "/me", **login(ada))["ETag"]
    send("PATCH", "/me", {"name": "Ada King"}, **login(ada))

    stale = send("PATCH", "/me", {"name": "Eve"}, if_match=seen, **login(ada))

    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    ada.refresh_from_db()
    assert (ada.name, ada.version) == ("Ada King", 1)


def test_strangers_have_no_profile():
    for method, path, body in (
        ("GET", "/me", None),
        ("PATCH", "/me", {}),
        ("DELETE", "/me", {"current_password": "x"}),
        ("POST", "/me/keep", None),
    ):
        assert send(method, path, body).status_code == 401, (method, path)
        assert send(method, path, body, authorization=bearer()).status_code == 401, (method, path)


def test_the_wish_to_be_erased_ends_all_sessions_and_names_the_day(ada, settings):
    settings.ACCOUNT_GRACE_DAYS = 14
    issue_session(ada, Device("phone"))

    first, second = delete(ada), delete(ada)

    assert (first.status_code, first.json()) == (202, second.json())
    ada.refresh_from_db()
    assert timedelta(days=13) < ada.erase_at - clock.now() <= timedelta(days=14)
    assert not Session.objects.filter(ends_at__gt=clock.now()).exists()
    assert User.objects.get().is_active


def test_only_the_password_opens_the_end(ada):
    wrong = delete(ada, "another")
    missing = send("DELETE", "/me", {}, **login(ada))

    assert (wrong.status_code, wrong.json()["code"]) == (422, "accounts.wrong_password")
    assert [one["pointer"] for one in missing.json()["errors"]] == ["/current_password"]
    assert User.objects.get().erase_at is None


def test_a_login_does_not_take_the_wish_back_but_its_owner_may(ada):
    delete(ada)
    ada.refresh_from_db()
    issue_session(ada, Device("phone"))

    assert send("GET", "/me", **login(ada)).json()["erase_at"] is not None
    kept = send("POST", "/me/keep", **login(ada))

    assert (kept.status_code, kept.json()["erase_at"]) == (200, None)
    assert erase_accounts() == 0


def test_staff_is_not_erased_before_its_roles_are_taken():
    boss = make_person("boss@example.com", Role.ADMIN, password=PASSWORD)

    answer = delete(boss)

    assert (answer.status_code, answer.json()["code"]) == (409, "accounts.staff_account")
    assert User.objects.get().erase_at is None


def test_after_the_days_of_grace_nothing_of_the_person_is_left(ada):
    add(ada)
    issue_session(ada, Device("phone"))
    OneTimeToken(
        id=ada.pk, user_id=ada.pk, purpose="reset", email=ada.email, token_hash="x", expires_at=clock.now()
    ).save(force_insert=True)
    other = make_person("eve@example.com")
    add(other)
    User.objects.filter(pk=ada.pk).update(erase_at=clock.now())

    assert (erase_accounts(), erase_accounts()) == (1, 0)

    assert list(User.objects.values_list("pk", flat=True)) == [other.pk]
    assert Address.objects.count() == 1
    assert not Session.objects.exists()
    assert not OneTimeToken.objects.exists()
    assert not AccountRequest.objects.exists()
    assert "accounts.account_deleted.v1" in told()
    assert make_password("x")
    assert make_person("ada@example.com").pk != ada.pk


def test_who_is_erased_while_they_ask_for_it_is_told_that_the_account_is_gone(ada):
    User.objects.filter(pk=ada.pk).update(erase_at=clock.now())

    with happens_before("apps.accounts.services.request_deletion.transact", erase_accounts):
        answer = delete(ada)

    assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")


def test_the_access_token_of_who_logged_in_during_the_days_of_grace_does_not_outlive_the_account(ada):
    token = {"authorization": f"Bearer {issue_session(ada, Device('phone')).access}"}
    User.objects.filter(pk=ada.pk).update(erase_at=clock.now())
    assert send("POST", "/carts", {}, **token).status_code == 201

    erase_accounts()

    assert send("POST", "/carts", {}, **token).status_code == 401
    assert [send("GET", path, **token).status_code for path in ("/me/cart", "/orders", "/me")] == [401, 401, 401]
    assert "accounts.sessions_revoked.v1" in told()


def test_an_address_that_changed_in_the_last_moment_is_the_one_that_is_forgotten(ada):
    User.objects.filter(pk=ada.pk).update(erase_at=clock.now())
    stale = User.objects.get()
    User.objects.update(email="ada@new.example")

    assert erase_account(stale)

    [row] = OutboxRow.objects.using("accounts").filter(name=AccountDeleted.name, destination="orders")
    assert msgspec.json.decode(row.payload)["email"] == "ada@new.example"


def test_who_takes_the_wish_back_in_the_last_moment_stays(ada):
    User.objects.filter(pk=ada.pk).update(erase_at=clock.now())
    ada.refresh_from_db()

    with happens_before("apps.accounts.services.erase_account.transact", lambda: keep_account(user_id=ada.pk)):
        assert erase_account(ada) is False

    assert User.objects.get().is_active
    assert "accounts.account_deleted.v1" not in told()
