"""Databases copied from a template are those that `migrate` makes: rules, indexes and rows."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from config.dev import mongod
from config.dev.ports import HOST, free_ports
from config.dev.processes import Guard, Process
from tests.harness import mongodb_template
from tests.harness.shop import FAST_DISK

RULE = {"$jsonSchema": {"bsonType": "object", "required": ["sku"]}}


@pytest.fixture
def client() -> Iterator[MongoClient[dict[str, Any]]]:
    """Of a replica set of its own."""
    [port] = free_ports(1)
    folder, guard = Path(tempfile.mkdtemp(prefix="shop-mongod-", dir=FAST_DISK)), Guard()
    with (folder / "log").open("w", encoding="utf-8") as log:
        server = Process(mongod.program(port, folder / "db"), guard, log)
    try:
        server.wait_ready(30)
        mongod.initiate(port, journaled=False)
        with MongoClient[dict[str, Any]](HOST, port, directConnection=True) as connected:
            yield connected
    finally:
        server.kill()
        guard.close()
        shutil.rmtree(folder)


def seen(client: MongoClient[dict[str, Any]], name: str) -> dict[str, Any]:
    """All that a database has."""
    database = client[name]
    return {
        told["name"]: (
            told["options"],
            {index["name"]: dict(index) for index in database[told["name"]].list_indexes()},
            list(database[told["name"]].find()),
        )
        for told in database.list_collections()
    }


def test_a_copy_has_the_rules_indexes_and_rows_of_what_was_migrated(client, tmp_path, monkeypatch):
    monkeypatch.setattr(mongodb_template, "FOLDER", tmp_path)
    made = []

    def migrate(name: str) -> None:
        made.append(name)
        database = client[name]
        database.create_collection("stock", validator=RULE, validationAction="error")
        database["stock"].create_index([("sku", 1), ("place", -1)], unique=True, name="one_per_place")
        database["stock"].insert_many(
            [{"_id": 1, "sku": "MUG", "count": 2**40}, {"_id": 2, "sku": "CUP", "place": "b"}]
        )
        database.create_collection("empty")

    uri = f"mongodb://{HOST}:{client.address[1]}/?directConnection=true" if client.address else ""
    (tmp_path / "toy-of_before.bson").touch()
    for name in ("first", "second", "third"):
        mongodb_template.migrated(uri, {"catalog": name}, of="toy", migrate=lambda name=name: migrate(name))
    assert made == ["first"]
    assert len(list(tmp_path.glob("*.bson"))) == 1, "the template of before is still there"
    first = seen(client, "first")
    assert set(first) == {"stock", "empty"}
    assert first["stock"][0]["validator"] == RULE
    assert [row["_id"] for row in first["stock"][2]] == [1, 2]
    assert seen(client, "second") == seen(client, "third") == first
