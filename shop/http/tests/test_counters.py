"""Counts that processes share: how exact they are, and what a silent server costs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.test import override_settings

from config.dev import valkey
from config.dev.ports import free_ports
from config.dev.processes import Guard, Process
from shop.http import counters
from shop.http.counters import Counter

NOW = 1_800_000_000.0


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """Nothing was counted, and the server is not known to be silent."""
    counters.forget()
    yield
    counters.forget()


def admitted(*processes: Counter, tries: int, at: float = NOW) -> int:
    """How many of `tries` calls get in when they are dealt out to these processes in turn."""
    return sum(processes[number % len(processes)].take("me", at) >= 0 for number in range(tries))


@pytest.mark.parametrize("quota", [1, 10, 39])
def test_a_small_quota_is_exact_over_all_processes(quota):
    assert admitted(*(Counter("login", quota, 60) for _ in range(3)), tries=200) == quota


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_large_quota_is_kept_within_the_bound(count):
    processes = [Counter("read", 1000, 60) for _ in range(count)]

    assert 1000 <= admitted(*processes, tries=5000) <= 1000 + count * (processes[0].step - 1)


def test_the_server_is_asked_once_a_step(monkeypatch):
    asked: list[int] = []

    def add(key: str, seconds: int, amount: int) -> int:
        asked.append(amount)
        return sum(asked)

    monkeypatch.setattr(counters._shared, "add", add)

    admitted(Counter("read", 6000, 60), tries=899)

    assert asked == [300, 300]


def test_what_the_server_did_not_answer_is_told_again(monkeypatch):
    asked: list[int] = []
    monkeypatch.setattr(counters._shared, "add", lambda key, seconds, amount: asked.append(amount))

    admitted(Counter("read", 6000, 60), tries=302)

    assert asked == [300, 301, 302]


def test_callers_and_windows_are_counted_apart():
    counter = Counter("login", 1, 60)

    assert [counter.take(who, NOW) for who in ("me", "you", "me")] == [0, 0, -1]
    assert counter.take("me", NOW + 60) == 0


def test_what_is_refused_costs_nothing(monkeypatch):
    counter = Counter("login", 2, 60)
    admitted(counter, tries=2)
    monkeypatch.setattr(counters._shared, "add", lambda *_: pytest.fail("asked"))

    assert counter.take("me", NOW) == -1


def test_callers_without_end_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(counters, "MOST_CALLERS", 10)
    counter = Counter("login", 2, 60)

    for number in range(1000):
        counter.take(str(number), NOW)

    assert len(counter._tallies) <= 10


def test_without_the_server_each_process_counts_alone_and_asks_seldom(caplog):
    [port] = free_ports(1)
    with override_settings(SHOP_RATE_STORE=f"redis://127.0.0.1:{port}/0"):
        first, second = Counter("login", 5, 60), Counter("login", 5, 60)

        assert [admitted(first, tries=20), admitted(second, tries=20)] == [5, 5]

    assert len([record for record in caplog.records if record.name == "shop.http"]) == 1


TAKES = """
import json, sys
from django.conf import settings
settings.configure(SHOP_RATE_STORE=sys.argv[1])
from shop.http.counters import Counter
found = {}
for name, quota in (("login", 10), ("read", 400)):
    counter = Counter(name, quota, 10**9)
    found[name] = sum(counter.take("me", 1.8e9) >= 0 for _ in range(500))
print(json.dumps(found))
"""


def test_two_processes_share_a_limit_through_a_real_server(tmp_path):
    [port] = free_ports(1)
    guard = Guard()
    with (tmp_path / "log").open("w") as log:
        server = Process(valkey.program(port, tmp_path / "data"), guard, log)
    try:
        server.wait_ready(10)
        argv = [sys.executable, "-c", TAKES, f"redis://127.0.0.1:{port}/1"]
        pair = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(2)]
        found = [json.loads(process.communicate(timeout=20)[0]) for process in pair]
    finally:
        server.kill()
        guard.close()

    assert sum(one["login"] for one in found) == 10
    assert 400 <= sum(one["read"] for one in found) <= 400 + 2 * (400 // counters.STEPS - 1)
