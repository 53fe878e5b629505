"""`make up` as a new user meets it: starts, says where it is, starts again quickly, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import time
import urllib.request

import pytest

from config.dev.ports import HOST, is_listening
from shop.testing.pace import crowd
from tests.start.supervisor import PORTS, await_none


@pytest.mark.sample
def test_who_reads_that_the_shop_is_running_may_search_it(first_search):
    [answer] = first_search
    assert answer.status == 200
    assert "mug" in [product["slug"] for product in answer.body["data"]]


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


def test_stopping_in_the_middle_of_the_start_leaves_no_process_behind(up):
    run = up()
    while "Starting web" not in run.text:
        time.sleep(0.01)
    run.end(signal.SIGINT)
    assert run.process.returncode == 0
    assert run.members() == []


def test_a_crashed_worker_is_started_again_and_killing_the_supervisor_leaves_no_process_behind(up):
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

    run.end(signal.SIGKILL)
    await_none(run)


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
