"""The engine's tests need a real MongoDB replica set (env MONGODB_URI, STORE=mongodb) and the alias ``engine``."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

COLLECTIONS = ("Category", "Tag", "Product", "Tagging", "Stock", "Review", "Payment")


def pytest_configure(config: pytest.Config) -> None:
    """A mark for the few tests that need no server."""
    config.addinivalue_line("markers", "any_engine: runs whatever STORE is")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip with the reason that no other engine can show what these tests are about."""
    if os.environ.get("STORE") == "mongodb":
        return
    for item in items:
        if "shop/db/mongodb/tests" in item.path.as_posix() and item.get_closest_marker("any_engine") is None:
            item.add_marker(pytest.mark.skip(reason="tests of the MongoDB engine: they run with STORE=mongodb"))


@pytest.fixture(scope="session")
def engine_collections(django_db_blocker: Any) -> Iterator[Any]:
    """The sample app's collections, made once."""
    from django.apps import apps
    from django.db import connections

    with django_db_blocker.unblock():
        connection = connections["engine"]
        connection.ensure_connection()
        client, name = connection.connection, connection.settings_dict["NAME"]
        client.drop_database(name)
        with connection.schema_editor() as editor:
            for model in COLLECTIONS:
                editor.create_model(apps.get_model("sampleapp", model))
        yield connection
        client.drop_database(name)


@pytest.fixture
def engine(engine_collections: Any, django_db_blocker: Any) -> Iterator[Any]:
    """The connection; what a test writes is gone after it."""
    from django.apps import apps

    with django_db_blocker.unblock():
        yield engine_collections
        if engine_collections.in_atomic_block:
            pytest.fail("the test left a transaction open")
        for model in COLLECTIONS:
            engine_collections.database[apps.get_model("sampleapp", model)._meta.db_table].delete_many({})
