"""`make up` as a new user meets it: starts, says where it is, starts again quickly, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from config.dev.ports import HOST, free_ports, is_listening
from config.dev.processes import CHECKOUT
from shop.testing.pace import crowd

PORTS = (
    "SHOP_PORT",
    "FAKE_STRIPE_PORT",
    "FAKE_TWILIO_PORT",
    "MAILBOX_PORT",
    "SMTP_PORT",
    "VALKEY_PORT",
    "MONGODB_PORT",
)
INHERITED = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "PIP_INDEX_URL", "PIP_CONFIG_FILE")


class Up:
    """One run of the supervisor."""

    def __init__(self, env):
        self.env = env
        self.lines = []
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "config.dev.up"],
            cwd=CHECKOUT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with self.process.stdout as output:
            self.lines.extend(iter(output.readline, ""))

    def end_of_output(self):
        """Wait until all that an ended run printed was read."""
        self.reader.join(60)

    @property
    def text(self):
        return "".join(self.lines)

    def await_running(self, seconds=240):
        """Seconds from the start until it says that it runs."""
        until = time.monotonic() + seconds
        while "The shop is running" not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < until, self.text
            time.sleep(0.02)
        return time.monotonic() - self.began

    def members(self):
        """The processes of this shop: those that have its data directory in their environment."""
        mark = f"SHOP_DATA_DIR={self.env['SHOP_DATA_DIR']}".encode()
        return [entry.name for entry in Path("/proc").glob("[0-9]*") if mark in _environment(entry.name)]

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait(120)


def _environment(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
            return file.read().split(b"\0")
    except OSError:
        return []


def await_none(up, seconds=120):
    until = time.monotonic() + seconds
    while up.members():
        assert time.monotonic() < until, [open(f"/proc/{pid}/cmdline").read() for pid in up.members()]  # noqa: PTH123, SIM115
        time.sleep(0.05)


@pytest.fixture(scope="module")
def env(tmp_path_factory):
    """A machine of its own: free ports, an empty data directory, nothing of the tests' environment."""
    ports = dict(zip(PORTS, map(str, free_ports(len(PORTS))), strict=True))
    return {
        **{name: os.environ[name] for name in INHERITED if name in os.environ},
        **ports,
        "SHOP_DATA_DIR": str(tmp_path_factory.mktemp("up")),
        "SHOP_ENV_FILE": "",
        "STORE": os.environ.get("STORE", "sqlite"),
    }


@pytest.fixture
def up(env):
    runs = []

    def start(**more):
        runs.append(Up({**env, **more}))
        return runs[-1]

    yield start
    for run in runs:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)


@pytest.fixture(scope="module", autouse=True)
def first(env):
    """The first start makes the databases and the demo shop; every test here meets the ones after it."""
    run = Up(env)
    run.await_running()
    run.end(signal.SIGINT)
    assert run.process.returncode == 0, run.text
    return run.text


@pytest.mark.sample
def test_it_says_where_it_is_and_who_may_log_in(first, env):
    for line in (
        f"http://{HOST}:{env['SHOP_PORT']}/",
        f"http://{HOST}:{env['MAILBOX_PORT']}/",
        "admin@example.com",
        "Ctrl-C",
    ):
        assert line in first
    assert "Traceback" not in first


@pytest.mark.sample
def test_the_second_start_takes_less_than_ten_seconds_and_ends_cleanly(up, env):
    run = up()
    seconds = run.await_running()
    print(f"second start: {seconds:.1f} s")
    with urllib.request.urlopen(f"http://{HOST}:{env['SHOP_PORT']}/api/v1/products?limit=1") as response:
        assert response.status == 200
    assert len(run.members()) >= 8
    run.end(signal.SIGTERM)
    assert run.process.returncode == 0
    assert run.members() == []
    assert not any(is_listening(int(env[name])) for name in PORTS)
    assert seconds < 10 * crowd()


@pytest.mark.sample
def test_killing_the_supervisor_leaves_no_process_behind(up):
    run = up()
    run.await_running()
    run.end(signal.SIGKILL)
    await_none(run)


def test_stopping_in_the_middle_of_the_start_leaves_no_process_behind(up):
    run = up()
    while "Starting web" not in run.text:
        time.sleep(0.01)
    run.end(signal.SIGINT)
    assert run.process.returncode == 0
    assert run.members() == []


def test_a_crashed_worker_is_started_again_and_that_is_said(up):
    run = up()
    run.await_running()
    [worker] = [pid for pid in run.members() if _is_first_of(pid, b"worker")]
    os.kill(int(worker), signal.SIGKILL)
    until = time.monotonic() + 120
    while not re.search(r"worker ended with code -9; it is started again in 0\.5 s", run.text):
        assert time.monotonic() < until, run.text
        time.sleep(0.05)
    while not any(_is_first_of(pid, b"worker") for pid in run.members()):
        assert time.monotonic() < until, run.text
        time.sleep(0.05)


def _is_first_of(pid, word):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:  # noqa: PTH123
            return word in file.read().split(b"\0") and os.getpgid(int(pid)) == int(pid)
    except OSError:
        return False


def test_a_taken_port_is_named_with_the_variable_that_moves_it(up, env):
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = other.getsockname()[1]
        run = up(FAKE_STRIPE_PORT=str(port))
        assert run.process.wait(120) == 2
    run.end_of_output()
    assert f"Port {port} (the fake Stripe) is taken" in run.text
    assert "FAKE_STRIPE_PORT=" in run.text


def test_a_malformed_variable_stops_the_start_with_one_sentence(up, tmp_path):
    file = tmp_path / ".env"
    file.write_text("STRIPE_KEYS=sk_test_1 pk_test_1\n")
    run = up(SHOP_ENV_FILE=str(file))
    assert run.process.wait(120) == 2
    run.end_of_output()
    assert run.text.strip() == "STRIPE_KEYS: the word that starts with whsec_ is missing."


def test_of_two_starts_at_once_one_runs_and_the_other_names_the_port(up, env):
    runs = [up(), up()]
    until = time.monotonic() + 120
    while (lost := next((run for run in runs if run.process.poll() is not None), None)) is None:
        assert time.monotonic() < until, [run.text for run in runs]
        time.sleep(0.02)
    [won] = [run for run in runs if run is not lost]
    won.await_running()
    lost.end_of_output()
    assert lost.process.returncode == 2
    # Whichever of the two looked at the ports when the other had some of them, or none yet.
    taken = [f"Port {env[name]} (" for name in env if name.endswith("_PORT")]
    starting = f"is starting on port {env['SHOP_PORT']};"
    assert any(words in lost.text for words in (*taken, starting)), lost.text
    won.end(signal.SIGINT)
    assert won.process.returncode == 0
    await_none(won)
