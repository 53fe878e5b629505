"""Django's own apps work on every engine with our keys and migrations."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def boss() -> Any:
    return get_user_model().objects.create_superuser(email="boss@example.com", password="a good long one")


@pytest.fixture
def staff(boss: Any) -> Client:
    client = Client()
    client.force_login(boss)
    return client


@pytest.mark.parametrize("model", [Group, Permission, LogEntry, ContentType])
def test_every_table_of_django_has_a_uuid_key_in_column_id(model: Any) -> None:
    assert model._meta.pk.column == "_id"
    assert isinstance(model._meta.pk.get_default(), uuid.UUID)


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "admin", "auth", "contenttypes", "sessions", check=True, dry_run=True, verbosity=0)


def test_migrating_made_content_types_and_permissions() -> None:
    kind = ContentType.objects.get(app_label="auth", model="group")
    names = sorted(Permission.objects.filter(content_type=kind).values_list("codename", flat=True))

    assert names == ["add_group", "change_group", "delete_group", "view_group"]


def test_a_session_is_kept_found_changed_and_forgotten() -> None:
    session = SessionStore()
    session["cart"] = "c1"
    session.save()
    again = SessionStore(session.session_key)
    assert again["cart"] == "c1"
    again["cart"] = "c2"
    again.save()
    assert SessionStore(session.session_key)["cart"] == "c2"
    again.flush()

    assert Session.objects.count() == 0


def test_expired_sessions_are_swept() -> None:
    session = SessionStore()
    session.set_expiry(-1)
    session.save()
    call_command("clearsessions")

    assert Session.objects.count() == 0


def test_what_hangs_on_a_row_by_many_to_many_goes_with_it() -> None:
    group = Group.objects.create(name="gone")
    permission = Permission.objects.get(codename="view_group")
    group.permissions.add(permission)
    assert list(Group.objects.get(name="gone").permissions.all()) == [permission]
    group.delete()

    assert Group.permissions.through.objects.count() == 0
    assert Permission.objects.filter(pk=permission.pk).exists()


def test_a_change_in_the_admin_is_kept_in_its_log(staff: Client, boss: Any) -> None:
    LogEntry.objects.log_actions(boss.pk, [boss], CHANGE, "Seen.", single_object=True)
    entry = LogEntry.objects.get(action_flag=CHANGE)
    assert (entry.object_id, entry.get_edited_object()) == (str(boss.pk), boss)


def test_the_admins_pages_open(staff: Client, boss: Any) -> None:
    opened = {
        name: staff.get(reverse(name)).status_code
        for name in ("admin:index", "admin:accounts_user_changelist", "admin:accounts_user_add")
    }
    opened["history"] = staff.get(reverse("admin:accounts_user_history", args=[boss.pk])).status_code

    assert set(opened.values()) == {200}
