"""Migrated MongoDB databases to copy: to make their collections takes a second, to migrate six of them ten."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient

from tests.harness.templates import FOLDER, fingerprint

RAW: CodecOptions[Any] = CodecOptions(document_class=RawBSONDocument)
ENGINE = "shop/db/mongodb/*.py"
"""What makes collections of migrations."""


def migrated(uri: str, names: Mapping[str, str], *, of: str, migrate: Callable[[], object]) -> None:
    """Leave these new databases, by alias, as `migrate` would; it is called where no template `of` these settings is.

    A template is made anew when a migration or the engine changed.
    """
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{of}-{fingerprint(ENGINE)}.bson"
    with MongoClient[RawBSONDocument](uri, document_class=RawBSONDocument) as client:
        with file.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # tests start side by side
            if not file.exists():
                migrate()
                _write(file, bson.encode({alias: _read(client, name) for alias, name in names.items()}))
                return
        _load(client, names, bson.decode(file.read_bytes(), RAW))


def _write(file: Path, content: bytes) -> None:
    for old in FOLDER.glob(f"{file.stem.partition('-')[0]}-*.bson"):
        old.unlink()
    draft = file.with_suffix(".draft")
    draft.write_bytes(content)
    draft.rename(file)


def _read(client: MongoClient[RawBSONDocument], name: str) -> list[dict[str, Any]]:
    database = client[name]
    return [
        {
            "name": told["name"],
            "options": told["options"],
            "indexes": [index for index in database[told["name"]].list_indexes() if index["name"] != "_id_"],
            "rows": list(database[told["name"]].find()),
        }
        for told in database.list_collections()
    ]


def _load(client: MongoClient[RawBSONDocument], names: Mapping[str, str], template: Mapping[str, Any]) -> None:
    for alias, name in names.items():
        database = client[name]
        for told in template[alias]:
            database.command({"create": told["name"], **told["options"]})
            if told["indexes"]:
                database.command({"createIndexes": told["name"], "indexes": list(told["indexes"])})
            if told["rows"]:
                database[told["name"]].insert_many(told["rows"])
