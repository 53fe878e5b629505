"""Emptying the databases between tests is cheap, and touches only what was written."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connections
from django.test.utils import CaptureQueriesContext

from shop.clock import now
from shop.testing.flush import flush
from shop.testing.pace import crowd

pytestmark = pytest.mark.usefixtures("database")


def write(name: str = "clerks") -> Group:
    group = Group.objects.create(name=name)
    Session.objects.create(session_key=name, session_data="x", expire_date=now())
    return group


def test_what_was_written_is_gone_and_what_migrate_wrote_stays() -> None:
    migrated = (Permission.objects.count(), ContentType.objects.count())
    write().permissions.add(Permission.objects.all()[0])
    flush()

    assert (Group.objects.count(), Session.objects.count(), Group.permissions.through.objects.count()) == (0, 0, 0)
    assert (Permission.objects.count(), ContentType.objects.count()) == migrated
    assert migrated[0] > 0


def test_only_the_named_databases_are_emptied() -> None:
    write()
    flush(["catalog"])

    assert Group.objects.count() == 1


def test_only_tables_with_rows_are_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    emptied: list[str] = []
    write()
    connection: Any = connections["accounts"]
    if connection.vendor == "mongodb":
        from pymongo.collection import Collection

        real = Collection.delete_many

        def watched(self: Any, *args: Any, **kwargs: Any) -> Any:
            emptied.append(self.name)
            return real(self, *args, **kwargs)

        monkeypatch.setattr(Collection, "delete_many", watched)
        flush(["accounts"])
        flush(["accounts"])
    else:
        with CaptureQueriesContext(connection) as seen:
            flush(["accounts"])
            flush(["accounts"])
        statements = [query["sql"] for query in seen.captured_queries]
        for statement in statements:
            if statement.startswith(("DELETE", "TRUNCATE")):
                emptied += statement.split('"')[1::2]

    assert sorted(emptied) == ["auth_group", "django_session"]


def test_a_test_that_writes_and_is_flushed_costs_less_than_forty_milliseconds() -> None:
    spent = []
    for number in range(9):
        began = time.perf_counter()
        group = write(f"group {number}")
        Group.objects.filter(pk=group.pk).update(name="changed")
        assert Group.objects.get().name == "changed"
        flush()
        spent.append(time.perf_counter() - began)

    assert min(spent) < 0.040 * crowd()  # the cost itself, not what else this machine does meanwhile
