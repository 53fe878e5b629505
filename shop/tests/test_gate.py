"""The gate before a callee: who hangs holds few threads and is left alone, who is slow is waited for."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack

import pytest

from shop.errors import Unavailable
from shop.ports import breaker


def test_while_it_is_looked_at_the_others_are_refused(monkeypatch):
    at = [1000.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: at[0])
    gate = breaker.Gate("sample")
    for _ in range(breaker.FAILURES):
        gate.failed()
    at[0] += breaker.FIRST_PAUSE_SECONDS
    with gate.place(), pytest.raises(Unavailable), gate.place():
        pass
    gate.answered()
    with gate.place():
        pass


def test_a_unit_that_hangs_holds_only_so_many_threads(monkeypatch):
    monkeypatch.setattr(breaker, "PLACE_SECONDS", 0.01)
    gate = breaker.Gate("sample")
    with ExitStack() as stack:
        for _ in range(breaker.AT_ONCE):
            stack.enter_context(gate.place())
        with pytest.raises(Unavailable, match="too many at once"), gate.place():
            pass
    with gate.place():
        pass


def test_one_long_wait_in_vain_is_enough_when_nobody_else_was_answered(monkeypatch, caplog):
    at = [1000.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: at[0])
    gate = breaker.Gate("sample")
    gate.answered()
    at[0] += 3
    gate.answered()  # somebody else was, while this one waited
    gate.failed(waited=2.9)
    with gate.place():
        pass
    at[0] += 3
    with caplog.at_level(logging.WARNING, "shop.ports"):
        for _ in range(3):  # those who waited together count once
            gate.failed(waited=2.9)
        with pytest.raises(Unavailable, match="does not answer"), gate.place():
            pass
        at[0] += breaker.FIRST_PAUSE_SECONDS
        with gate.place():
            gate.answered()
    assert [record.getMessage() for record in caplog.records] == [
        "sample does not answer: it is not asked for 0.5 s",
        "sample answers again",
    ]


def test_before_a_callee_that_is_alive_a_place_is_waited_for(monkeypatch):
    monkeypatch.setattr(breaker, "PLACE_SECONDS", 0.0)
    monkeypatch.setattr(breaker, "ALIVE_PLACE_SECONDS", 60.0)
    gate, entered = breaker.Gate("sample"), threading.Event()
    gate.answered()

    def come_later():
        with gate.place():
            entered.set()

    with ExitStack() as stack:
        for _ in range(breaker.AT_ONCE):
            stack.enter_context(gate.place())
        late = threading.Thread(target=come_later)
        late.start()
        assert not entered.wait(0.02)
    late.join()
    assert entered.is_set()
