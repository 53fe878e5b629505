"""Worker and beat are well while their own loops turn and the broker answers them: found out with Python alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from django.test import override_settings
from redis.exceptions import ResponseError

from config import health, pulse, roles
from config.dev import valkey
from config.dev.ports import free_ports
from config.dev.processes import Guard, Process, Program
from config.env import CHECKOUT

LOST_SECONDS = 2.0
OFTEN = "import sys; from config import pulse; pulse.SECONDS = 0.2; from celery.__main__ import main; main()"
"""Celery with a pulse that a test can wait for."""


class Running:
    """A broker, a worker and beat, and how they are found to be."""

    def __init__(self, folder, start) -> None:
        self.folder, self.start = folder, start
        [port] = free_ports(1)
        self.broker = start(valkey.program(port, folder / "valkey"))
        env = {
            "SHOP_DATA_DIR": str(folder),
            "SHOP_PULSE_DIR": str(folder),
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "SHOP_ENV_FILE": "",
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "SHOP_TICK_SECONDS": "0.2",
        }
        worker = roles.worker(["cart"], processes=1, name="shop@localhost")[len(roles.CELERY) :]
        argv = (sys.executable, "-W", roles.QUIET, "-c", OFTEN, *roles.CELERY[5:])
        self.worker = start(Program("worker", (*argv, *worker), env))
        self.beat = start(Program("beat", (*argv, *roles.beat()[len(roles.CELERY) :]), env))

    def is_well(self, *names: str) -> bool:
        """What the check says now."""
        return health.feel(names, str(self.folder)) == 0

    def wait(self, *names: str, well: bool, seconds: float) -> None:
        """Until all of them are, or none of them is."""
        until = time.monotonic() + seconds
        while any(self.is_well(name) is not well for name in names):
            assert time.monotonic() < until, (names, "not well" if well else "still well")
            time.sleep(0.05)

    @contextmanager
    def frozen(self, process: Process) -> Iterator[None]:
        """While the body runs it stands still, as a process does that hangs."""
        os.killpg(process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGCONT)


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Iterator[Running]:
    """Well from the start."""
    monkeypatch.setattr(health, "LONGEST_PULSE_SECONDS", LOST_SECONDS)
    guard, started = Guard(), []

    def start(program: Program) -> Process:
        started.append(Process(program, guard, lambda _: None))
        started[-1].wait_ready(10)
        return started[-1]

    try:
        running = Running(tmp_path, start)
        running.wait("worker", "beat", well=True, seconds=30)
        yield running
    finally:
        for process in reversed(started):
            process.kill()
        guard.close()


def test_a_worker_or_beat_that_stands_still_is_not_well_and_the_other_is(shop):
    with shop.frozen(shop.worker):
        shop.wait("worker", well=False, seconds=2 * LOST_SECONDS)
        assert shop.is_well("beat")
        assert not shop.is_well("worker", "beat")
    shop.wait("worker", well=True, seconds=5)
    with shop.frozen(shop.beat):
        shop.wait("beat", well=False, seconds=2 * LOST_SECONDS)
        assert shop.is_well("worker")
    shop.wait("worker", "beat", well=True, seconds=5)


def test_a_broker_that_is_silent_or_gone_for_long_leaves_nobody_well(shop):
    with shop.frozen(shop.broker):
        shop.wait("worker", "beat", well=False, seconds=2 * LOST_SECONDS)
    shop.wait("worker", "beat", well=True, seconds=30)
    shop.broker.kill()
    shop.wait("worker", "beat", well=False, seconds=2 * LOST_SECONDS)
    assert (shop.worker.exit_code, shop.beat.exit_code) == (None, None)
    shop.start(shop.broker.program)
    shop.wait("worker", "beat", well=True, seconds=30)


class Channel:
    """Of a worker to its broker, which says nothing if it is told to."""

    connection_errors = (ConnectionError,)
    channel_errors = (ResponseError,)

    def __init__(self, error: Exception | None) -> None:
        self.error = error

    @contextmanager
    def conn_or_acquire(self):
        yield self

    def ping(self) -> None:
        if self.error:
            raise self.error


@pytest.mark.parametrize(
    ("error", "left"),
    [(None, ["worker.pulse"]), (ConnectionError("gone"), []), (ResponseError("LOADING"), [])],
)
def test_an_idle_worker_has_a_pulse_only_when_the_broker_answers_its_ping(tmp_path, error, left):
    with override_settings(SHOP_PULSE_DIR=tmp_path):
        pulse.beat_once(SimpleNamespace(consumer=SimpleNamespace(task_consumer=None)))
        assert list(tmp_path.iterdir()) == []
        pulse.beat_once(
            SimpleNamespace(consumer=SimpleNamespace(task_consumer=SimpleNamespace(channel=Channel(error))))
        )
    assert [file.name for file in tmp_path.iterdir()] == left


def felt(tmp_path, *names: str) -> tuple[int, str]:
    """The check as a container asks it."""
    file, env = CHECKOUT / "config" / "health.py", {"SHOP_PULSE_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-I", "-S", file, *names], env=env, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_the_image_feels_the_pulse_with_python_alone(tmp_path):
    assert felt(tmp_path, "worker") == (1, "worker: no sign of life\n")
    with override_settings(SHOP_PULSE_DIR=tmp_path):
        pulse.renew("worker")
    assert felt(tmp_path, "worker") == (0, "worker: well 0 s ago\n")
    assert felt(tmp_path, "worker", "beat") == (1, "worker: well 0 s ago\nbeat: no sign of life\n")
    assert [file.name for file in tmp_path.iterdir()] == ["worker.pulse"]


@pytest.mark.parametrize(
    ("ago", "code", "said"),
    [(59, 0, "worker: well 59 s ago"), (61, 1, "worker: well 61 s ago, which is too long"),
     (-5, 1, "worker: no sign of life")],
)  # fmt: skip
def test_a_pulse_is_lost_after_a_minute_and_one_of_before_the_machine_started_is_none(
    tmp_path, monkeypatch, capsys, ago, code, said
):
    monkeypatch.setattr(health.time, "monotonic", lambda: 1000.0)
    (tmp_path / "worker.pulse").write_text(str(1000.0 - ago))
    assert health.feel(["worker"], str(tmp_path)) == code
    assert capsys.readouterr().out == f"{said}\n"


@pytest.mark.parametrize("kept", ["", "soon", "nan"])
def test_a_pulse_that_nobody_can_read_is_none(tmp_path, kept):
    (tmp_path / "worker.pulse").write_text(kept)
    assert health.feel(["worker"], str(tmp_path)) == 1


def test_nobody_leaves_a_pulse_where_none_is_asked_for_or_where_it_cannot_be_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with override_settings(SHOP_PULSE_DIR=None):
        pulse.renew("worker")
    assert list(tmp_path.iterdir()) == []
    with override_settings(SHOP_PULSE_DIR=tmp_path / "gone"):
        pulse.renew("worker")
