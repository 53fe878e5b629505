"""The health check of the Compose files' MongoDB makes the replica set once, and is well while there is a primary."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.dev import mongod
from config.dev.ports import free_ports
from config.dev.processes import Guard, Process
from config.env import CHECKOUT

SCRIPT = CHECKOUT / "docker" / "mongodb" / "health.sh"


class Database:
    """A new MongoDB that is no replica set yet, and a mongosh that only writes down what it is asked."""

    def __init__(self, folder: Path, guard: Guard) -> None:
        [self.port] = free_ports(1)
        self.asked = folder / "asked"
        self.asked.touch()
        mongosh = folder / "mongosh"
        mongosh.write_text(f'#!/bin/sh\necho "$@" >> {self.asked}\n')
        mongosh.chmod(0o755)
        self._path = f"{folder}:{os.environ['PATH']}"
        self.process = Process(mongod.program(self.port, folder / "data"), guard, lambda _: None)

    def health(self) -> int:
        """What the check ends with."""
        env = {"PATH": self._path, "DATABASE_HOST": "orders-db", "DATABASE_PORT": str(self.port)}
        return subprocess.run(["bash", SCRIPT], env=env, capture_output=True, timeout=30, check=False).returncode


@pytest.fixture
def database(tmp_path) -> Iterator[Database]:
    """Answers, and is nobody's primary."""
    guard = Guard()
    found = Database(tmp_path, guard)
    try:
        found.process.wait_ready(30)
        yield found
    finally:
        found.process.kill()
        guard.close()


def test_the_replica_set_is_made_under_the_name_that_others_know_and_then_mongosh_is_never_asked_again(database):
    assert database.health() == 1
    [asked] = database.asked.read_text().splitlines()
    host = f"orders-db:{database.port}"
    assert asked == (
        f"--quiet --port {database.port} --eval rs.initiate({{_id: 'rs0', members: [{{_id: 0, host: '{host}'}}]}})"
    )
    mongod.initiate(database.port)
    assert [database.health() for _ in range(3)] == [0, 0, 0]
    assert database.asked.read_text().splitlines() == [asked]


def test_a_database_that_is_silent_or_gone_is_not_well(database):
    mongod.initiate(database.port)
    assert database.health() == 0
    os.kill(database.process.pid, signal.SIGSTOP)
    try:
        assert database.health() == 1
    finally:
        os.kill(database.process.pid, signal.SIGCONT)
    assert database.health() == 0
    database.process.kill()
    assert database.health() == 1
    assert database.asked.read_text() == ""
