"""What all in-process tests stand on: an engine (STORE), a shape (SHAPE), migrated databases, no network, no silence.

`STORE=mongodb SHAPE=strict pytest` runs the same tests on a real MongoDB replica set, with every port call through the
codec; `STORE=postgresql` takes the server that POSTGRES_URI names. Tests that use databases take the fixture
`database`. They are never wrapped in a transaction (the kernel refuses calls inside one); instead what a test wrote is
flushed after it.
"""

from __future__ import annotations

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

FAST_DISK = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else Path(tempfile.gettempdir())
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
os.environ["DJANGO_SETTINGS_MODULE"] = os.environ.get("DJANGO_SETTINGS_MODULE") or "tests.settings"
# Here and not in a hook: tests/conftest.py comes before the hooks, and what it imports would choose config.settings.
_mongod: list[Any] = []
"""The server that this process started, its guard and its folder."""


def pytest_configure(config: pytest.Config) -> None:
    """Choose the settings before Django reads them; the first process starts the MongoDB that all workers share."""
    if os.environ.get("STORE") == "mongodb" and "MONGODB_URI" not in os.environ:
        if settings.configured and settings.SETTINGS_MODULE:
            raise pytest.UsageError("The settings were read before MongoDB was started: unset DJANGO_SETTINGS_MODULE.")
        os.environ["MONGODB_URI"] = _start_mongod()
    if os.environ.get("STORE") == "mongodb":
        from shop.testing.flush import listen

        listen()
    import django

    django.setup()  # now, since tests import models when they are collected
    _load_middleware_once()


def _load_middleware_once() -> None:
    """Each `Client()` loads all middleware anew, and whitenoise lists all static files then: a tenth of a second."""
    from django.conf import settings
    from django.test.client import ClientHandler

    loaded: dict[tuple[str, ...], ClientHandler] = {}
    load = ClientHandler.load_middleware

    def load_once(self: ClientHandler, is_async: bool = False) -> None:  # noqa: FBT001, FBT002  # Django's signature
        names = tuple(settings.MIDDLEWARE)
        if names not in loaded:
            load(self, is_async)
            loaded[names] = self
        vars(self).update(vars(loaded[names]) | {"enforce_csrf_checks": self.enforce_csrf_checks})

    ClientHandler.load_middleware = load_once  # type: ignore[method-assign,assignment]


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported stays: the collector need not look at it a thousand times."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if _mongod:
        process, guard, folder = _mongod
        process.kill()
        guard.close()
        shutil.rmtree(folder, ignore_errors=True)


def _start_mongod() -> str:
    from config.dev import mongod
    from config.dev.ports import free_ports
    from config.dev.processes import Guard, Process

    [port] = free_ports(1)
    folder = Path(tempfile.mkdtemp(prefix="shop-mongod-", dir=FAST_DISK))
    guard = Guard()
    with (folder / "log").open("w", encoding="utf-8") as log:
        process = Process(mongod.program(port, folder / "db", transaction_seconds=5, sockets=folder), guard, log)
    _mongod.extend((process, guard, folder))
    process.wait_ready(30)
    mongod.initiate(port, journaled=False)  # nothing of a test has to survive a crash
    return mongod.socket_uri(port, folder)


@pytest.fixture(autouse=True, scope="session")
def only_loopback() -> Iterator[None]:
    """A test that calls out fails at once instead of depending on somebody's server."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        if isinstance(address, tuple) and address[0] not in LOOPBACK:
            raise RuntimeError(f"A test may only connect to this machine, not to {address[0]}.")
        connect(self, address)  # type: ignore[arg-type]

    socket.socket.connect = guarded  # type: ignore[method-assign,assignment]
    yield
    socket.socket.connect = connect  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def migrated(django_db_blocker) -> Iterator[None]:
    """Every database of this process with its tables: SQLite's and MongoDB's are copied from a template."""
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connections

    from shop.testing.flush import flush, left
    from tests.harness.templates import copy_migrated

    vendor = connections["catalog"].vendor
    by_alias = {alias: entry["NAME"] for alias, entry in settings.DATABASES.items() if alias != "default"}
    names = set(by_alias.values())
    with django_db_blocker.unblock():
        if vendor == "mongodb":
            from tests.harness.mongodb_template import migrated as made

            shop = {context: by_alias[context] for context in settings.SHOP_CONTEXTS}
            made(os.environ["MONGODB_URI"], shop, of="tests", migrate=lambda: call_command("migrate", verbosity=0))
        else:
            if vendor == "sqlite":
                copy_migrated(Path(settings.DATABASES["catalog"]["NAME"]).parent)
            if vendor == "postgresql":
                _create_in_postgresql(names)
            call_command("migrate", verbosity=0)  # which finds the copied ones done
        flush()  # the first test finds what all others do
        yield
        still_there = left()
        connections.close_all()
        if vendor == "mongodb":
            _drop_in_mongodb(names)
        elif vendor == "postgresql":
            _drop_in_postgresql(names)
    assert still_there == [], f"Rows that no flush took away: {still_there}"


@pytest.fixture
def database(migrated, django_db_blocker) -> Iterator[None]:
    """Allows the databases; they are empty again after the test."""
    from shop.testing.flush import flush

    with django_db_blocker.unblock():
        yield
        flush()


def _create_in_postgresql(names: set[str]) -> None:
    _drop_in_postgresql(names)  # what an interrupted run left
    with _postgresql() as server:
        for name in names:
            server.execute(f'CREATE DATABASE "{name}"')


def _drop_in_postgresql(names: set[str]) -> None:
    with _postgresql() as server:
        for name in names:
            server.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _postgresql() -> Any:
    """A connection to the server itself; databases are made and dropped outside of transactions."""
    import psycopg
    from django.conf import settings

    entry = settings.DATABASES["catalog"]
    return psycopg.connect(
        host=entry["HOST"],
        port=entry["PORT"],
        user=entry["USER"],
        password=entry["PASSWORD"],
        dbname="postgres",
        autocommit=True,
    )


def _drop_in_mongodb(names: set[str]) -> None:
    from pymongo import MongoClient

    with MongoClient[dict[str, object]](os.environ["MONGODB_URI"]) as client:
        for name in names:
            client.drop_database(name)
