"""Somebody read or changed by a key is who Django's own query would give, whatever the column's kind."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.accounts.models import Session, User
from apps.accounts.testing.people import make_person
from shop import clock
from shop.db.bulk import insert, new
from shop.db.keyed import change_one, read_one
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


def fields_of(model):
    return [field.name for field in model._meta.concrete_fields]


def test_a_person_is_the_same_in_every_column():
    ada = make_person("ada@example.com", name="Ada", erase_at=clock.now() + timedelta(days=1))
    make_person("grace@example.com")

    for unique in ({"email": "ada@example.com"}, {"pk": ada.pk}):
        found = read_one(User, fields_of(User), **unique)
        assert vars(found) | {"_state": 0} == vars(User.objects.get(**unique)) | {"_state": 0}
        assert found.get_deferred_fields() == set()


def test_a_session_is_the_same_in_every_column_with_its_person():
    ada = make_person("ada@example.com")
    session = new(Session, id=uuid7(), user_id=ada.pk, device="phone", token_hash="0" * 64, ends_at=clock.now())
    insert(Session, [session])

    found = read_one(Session, fields_of(Session), pk=session.pk)

    assert vars(found) | {"_state": 0} == vars(Session.objects.get()) | {"_state": 0}
    assert found.user == ada


def test_times_flags_texts_and_nothing_are_stored_as_django_stores_them():
    at = clock.now()
    people = [make_person(f"{name}@example.com", erase_at=at) for name in ("ada", "grace")]
    changes = {"last_login": at, "is_active": False, "first_name": "A", "erase_at": None}
    changes = {name: value for name, value in changes.items() if name in fields_of(User)}
    assert len(changes) >= 3

    assert change_one(User, {"pk": people[0].pk, "is_active": True, "erase_at": at}, **changes)
    User.objects.filter(pk=people[1].pk).update(**changes)

    rows = User.objects.order_by("email").values(*changes)
    assert rows[0] == rows[1] == changes
