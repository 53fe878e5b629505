"""People: one spelling of an address, argon2id, and a login that tells nothing by its time."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.hashers import check_password, make_password
from django.db import IntegrityError
from django.test import Client

from apps.accounts import hashers
from apps.accounts.hashers import Argon2idHasher
from apps.accounts.models import Session, User
from shop import clock
from shop.testing.limits import rate_limits

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def staff():
    return User.objects.create_superuser("Staff@Example.com", "a-good-password")


def login(email, password="a-good-password"):
    client = Client()
    answer = client.post("/admin/login/?next=/admin/", {"username": email, "password": password})
    return client, answer


def test_the_user_model_of_django_is_this_one():
    assert get_user_model() is User


def test_an_address_has_one_spelling_and_one_user(staff):
    assert staff.email == "staff@example.com"
    with pytest.raises(IntegrityError):
        User.objects.create_user("STAFF@example.com ")
    assert authenticate(username=" sTaff@EXAMPLE.com", password="a-good-password") == staff


def test_a_user_needs_an_address():
    with pytest.raises(ValueError, match="needs an e-mail"):
        User.objects.create_user("  ")


def test_a_user_without_a_password_cannot_log_in():
    user = User.objects.create_user("a@example.com")
    assert not user.has_usable_password()
    assert authenticate(username="a@example.com", password="") is None


def test_people_are_named_by_what_is_known():
    assert User.objects.create_user("a@example.com").get_full_name() == "a@example.com"
    assert User.objects.create_user("b@example.com", name="Bea").get_short_name() == "Bea"


def test_ids_are_version_7_and_sorted_by_time():
    first, second = User.objects.create_user("a@example.com"), User.objects.create_user("b@example.com")
    assert (first.pk.version, second.pk.version) == (7, 7)
    assert first.pk < second.pk


def test_passwords_are_argon2id_with_owasps_parameters(settings):
    settings.PASSWORD_HASHERS = ["apps.accounts.hashers.Argon2idHasher"]
    stored = make_password("a-good-password")
    assert stored.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")
    assert check_password("a-good-password", stored)
    assert not check_password("another", stored)


def test_a_weaker_hash_is_made_again_at_the_next_login(settings, staff):
    assert "m=8192" in staff.password
    settings.PASSWORD_HASHERS = ["apps.accounts.hashers.Argon2idHasher"]
    authenticate(username=staff.email, password="a-good-password")
    staff.refresh_from_db()
    assert "m=19456,t=2,p=1" in staff.password


@pytest.mark.parametrize("email", ["staff@example.com", "nobody@example.com"])
def test_a_failed_login_costs_one_hashing_whether_or_not_the_user_is_known(staff, settings, monkeypatch, email):
    settings.PASSWORD_HASHERS = ["apps.accounts.hashers.Argon2idHasher"]
    User.objects.filter(pk=staff.pk).update(password=make_password("a-good-password"))
    hashed = []

    def counted(name):
        original = getattr(Argon2idHasher, name)

        def count(*args):
            hashed.append(name)
            return original(*args)

        monkeypatch.setattr(Argon2idHasher, name, count)

    counted("encode")
    counted("verify")
    assert authenticate(username=email, password="wrong") is None
    assert len(hashed) == 1


def test_staff_log_in_to_the_admin_and_see_users(staff):
    client, answer = login("STAFF@example.com")
    assert (answer.status_code, answer["Location"]) == (302, "/admin/")
    assert client.get("/admin/").status_code == 200
    assert b"staff@example.com" in client.get("/admin/accounts/user/").content
    assert client.get(f"/admin/accounts/user/{staff.pk}/change/").status_code == 200


def test_others_do_not_get_into_the_admin(staff):
    User.objects.create_user("customer@example.com", "a-good-password")
    for email, password in (("customer@example.com", "a-good-password"), ("staff@example.com", "wrong")):
        client, answer = login(email, password)
        assert answer.status_code == 200
        assert client.get("/admin/").status_code == 302


def test_an_inactive_user_does_not_get_in(staff):
    User.objects.filter(pk=staff.pk).update(is_active=False)
    assert login("staff@example.com")[1].status_code == 200


def test_staff_make_a_user_in_one_spelling(staff):
    client, _ = login("staff@example.com")
    form = {"email": "New@Example.com", "name": "New", "password1": "a-fine-passw0rd", "password2": "a-fine-passw0rd"}
    answer = client.post("/admin/accounts/user/add/", form | {"usable_password": "true"})
    assert answer.status_code == 302, answer.content
    assert User.objects.filter(email="new@example.com").count() == 1


def test_staff_see_who_is_verified_and_how_many_devices_are_logged_in_and_no_hash(staff):
    client, _ = login("staff@example.com")
    ann = User.objects.create_user("ann@example.com", "a-good-password", verified_at=clock.now())
    for hours in (-1, 1, 2):
        ends_at = clock.now() + timedelta(hours=hours)
        Session.objects.create(user=ann, device="Laptop", ends_at=ends_at, token_hash=f"secret-{hours}")
    listed = client.get("/admin/accounts/user/").content.decode()
    assert "ann@example.com" in listed
    page = client.get(f"/admin/accounts/user/{ann.pk}/change/").content.decode()
    assert re.search(r"Sessions:.*?readonly\">2<", page, re.DOTALL)
    assert "is set" in page
    salt, digest = ann.password.split("$")[-2:]
    for secret in (salt[:4], digest[:4], "secret-1"):
        assert secret not in page


def test_who_is_blocked_by_staff_is_logged_out_and_keeps_the_address(staff):
    client, _ = login("staff@example.com")
    ann = User.objects.create_user("ann@example.com", "a-good-password")
    ends_at = clock.now() + timedelta(hours=1)
    Session.objects.create(user=ann, device="Laptop", ends_at=ends_at, token_hash="x")
    form = {"email": "other@example.com", "name": "Ann"}
    assert client.post(f"/admin/accounts/user/{ann.pk}/change/", form).status_code == 302
    ann.refresh_from_db()
    assert (ann.is_active, ann.email, ann.name) == (False, "ann@example.com", "Ann")
    assert Session.objects.get().end_reason == "blocked"


def test_another_password_set_by_staff_ends_what_was_open_with_the_old_one(staff):
    client, _ = login("staff@example.com")
    ann = User.objects.create_user("ann@example.com", "a-good-password")
    ends_at = clock.now() + timedelta(hours=1)
    Session.objects.create(user=ann, device="Laptop", ends_at=ends_at, token_hash="x")
    form = {"password1": "another-fine-passw0rd", "password2": "another-fine-passw0rd", "usable_password": "true"}
    assert client.post(f"/admin/accounts/user/{ann.pk}/password/", form).status_code == 302
    ann.refresh_from_db()
    assert check_password("another-fine-passw0rd", ann.password)
    assert Session.objects.get().end_reason == "password_changed"


def test_the_admin_locks_guessers_out_and_tells_nothing(staff):
    with rate_limits(login_account=3):
        for _ in range(3):
            login("staff@example.com", "wrong")
        client, locked = login("staff@example.com")
        _, wrong = login("nobody@example.com", "wrong")

    assert client.get("/admin/").status_code == 302
    assert locked.status_code == wrong.status_code == 200
    told = [re.search('class="errornote">(.+?)</p>', page.content.decode(), re.DOTALL)[1] for page in (locked, wrong)]
    assert told[0] == told[1]


def test_a_good_login_to_the_admin_is_no_failure(staff):
    with rate_limits(login_account=2):
        for _ in range(4):
            client, _ = login("staff@example.com")
            assert client.get("/admin/").status_code == 200


def test_more_logins_to_the_admin_than_there_are_places_are_told_to_come_back(staff, settings):
    settings.PASSWORD_HASHERS = ["apps.accounts.hashers.Argon2idHasher"]
    with hashers._places, hashers._places:
        _, answer = login("staff@example.com")

    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
