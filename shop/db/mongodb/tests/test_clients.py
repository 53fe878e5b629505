"""One client per server and process, opened on first use, never carried over a fork."""

from __future__ import annotations

import os
import threading
import time
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connections, transaction

from shop.db.mongodb import clients
from shop.db.mongodb.base import DatabaseWrapper

from .sampleapp.models import Tag


def wrapper(alias: str, **settings: Any) -> DatabaseWrapper:
    return DatabaseWrapper({**connections["engine"].settings_dict, **settings}, alias)


def in_child(work: Any) -> str:
    """What `work` answers in a forked child process."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            answer = str(work())
        except BaseException as error:  # noqa: BLE001  # the parent asserts on it
            answer = f"{type(error).__name__}: {error}"
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def test_aliases_and_threads_share_one_client(engine: Any) -> None:
    others: list[Any] = []

    def connect() -> None:
        connections["engine"].ensure_connection()
        others.append(connections["engine"].connection)
        connections["engine"].close()

    thread = threading.Thread(target=connect)
    thread.start()
    thread.join()
    second = wrapper("second", NAME="other")
    second.ensure_connection()

    assert others == [engine.connection]
    assert second.connection is engine.connection
    assert second.database.name == "other"


def test_uris_that_differ_in_the_database_only_mean_one_client() -> None:
    same = [clients._identity({"host": f"mongodb://h:1/{name}?replicaSet=rs0"}) for name in ("orders", "catalog", "")]
    users = [clients._identity({"host": f"mongodb://u:p@h:1/{name}"}) for name in ("orders", "catalog")]
    told = [clients._identity({"host": f"mongodb://u:p@h:1/{name}?authSource=admin"}) for name in ("a", "b")]

    assert len(set(same)) == 1
    assert len(set(users)) == 2
    assert len(set(told)) == 1


def test_nothing_is_opened_before_the_first_query(engine: Any) -> None:
    fresh = wrapper("fresh", HOST="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=50")

    assert fresh.connection is None
    fresh.close()
    assert fresh.connection is None


def test_a_child_process_opens_a_client_of_its_own(engine: Any) -> None:
    Tag.objects.create(name="parent")
    parent = id(engine.connection)

    def work() -> str:
        names = list(Tag.objects.values_list("name", flat=True))
        with transaction.atomic(using="engine"):
            Tag.objects.create(name="child")
        own = connections["engine"].connection
        return f"{names} {id(own) == parent} {len(clients._clients)}"

    assert in_child(work) == "['parent'] False 1"
    assert sorted(Tag.objects.values_list("name", flat=True)) == ["child", "parent"]


def test_a_child_cannot_take_part_in_its_parents_transaction(engine: Any) -> None:
    with transaction.atomic(using="engine"):
        Tag.objects.create(name="parent")
        answer = in_child(Tag.objects.count)

    assert answer.startswith(f"{InterfaceError.__name__}: The process was forked inside a transaction")
    assert Tag.objects.count() == 1


def test_a_child_cannot_read_on_where_its_parent_reads(engine: Any) -> None:
    Tag.objects.bulk_create(Tag(name=f"tag {number}") for number in range(30))
    tags = Tag.objects.iterator(chunk_size=10)
    next(tags)

    answer = in_child(lambda: sum(1 for _ in tags))

    assert answer.startswith(f"{InterfaceError.__name__}: The process was forked while it read these rows")
    assert sum(1 for _ in tags) == 29


def test_a_server_that_is_away_is_an_operational_error_soon(engine: Any) -> None:
    away = wrapper("away", HOST="mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=100")
    began = time.monotonic()
    with pytest.raises(OperationalError):
        away.ensure_connection()

    assert time.monotonic() - began < 2
    away.close_pool()


def test_timeouts_and_concerns_have_defaults_that_the_uri_may_change() -> None:
    plain = clients._with_defaults({"host": "mongodb://h:1"})
    own = clients._with_defaults({"host": "mongodb://h:1/?w=2&socketTimeoutMS=5", "retryWrites": False})

    assert (plain["w"], plain["readConcernLevel"], plain["serverSelectionTimeoutMS"]) == ("majority", "majority", 5000)
    assert plain["socketTimeoutMS"] == 30_000
    assert "w" not in own
    assert "socketTimeoutMS" not in own
    assert own["retryWrites"] is False


def test_a_closed_client_is_replaced(engine: Any) -> None:
    mine = wrapper("mine", HOST=connections["engine"].settings_dict["HOST"], OPTIONS={"appname": "mine"})
    mine.ensure_connection()
    first = mine.connection
    mine.close_pool()
    mine.ensure_connection()

    assert mine.connection is not first
    assert mine.database.command("ping")["ok"] == 1
    mine.close_pool()


def test_a_replica_set_is_recognised_and_a_standalone_server_is_not(engine: Any) -> None:
    class Standalone:
        class admin:  # noqa: N801  # as pymongo spells it
            @staticmethod
            def command(name: str) -> dict[str, Any]:
                return {"ok": 1.0}

    lonely = Standalone()
    assert clients.has_transactions(engine.connection) is True
    assert clients.has_transactions(lonely) is False  # type: ignore[arg-type]
    clients._transactional.pop(id(lonely))
