"""Beat rings at its periods whatever the clock of the machine and the broker do, and ends when it is told to."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from config import celery


@pytest.fixture
def bell(monkeypatch):
    """A beat with two contexts that writes down whom it rings, and the time it sees, which a test moves."""
    rung: list[str] = []
    seen = [100.0]
    monkeypatch.setattr(celery, "time", SimpleNamespace(monotonic=lambda: seen[0]))
    monkeypatch.setattr(celery.Beat, "producer", None)  # connects when it is looked at
    beat = celery.Beat(celery.app, lazy=True)
    periods = {"often": 1.0, "rarely": 3.0}
    beat.merge_inplace({name: {"task": name, "schedule": every} for name, every in periods.items()})
    beat.plan_from_now(periods)
    monkeypatch.setattr(beat, "apply_async", lambda entry, **_: rung.append(entry.name))
    return beat, rung, seen


def test_everything_is_rung_at_the_start_and_then_at_its_period(bell):
    beat, rung, seen = bell
    assert beat.tick() == 1.0
    assert rung == ["often", "rarely"]
    seen[0] += 0.25
    assert beat.tick() == 0.75
    assert len(rung) == 2
    for _ in range(3):
        seen[0] += 1
        beat.tick()
    assert rung[2:] == ["often", "often", "often", "rarely"]


def test_what_was_missed_while_the_machine_slept_is_rung_once(bell):
    beat, rung, seen = bell
    beat.tick()
    seen[0] += 3600
    assert beat.tick() == 1.0
    assert rung[2:] == ["often", "rarely"]


def test_a_broker_that_is_down_costs_one_ring_and_no_other(bell, monkeypatch):
    beat, rung, seen = bell

    def failing(entry, **_):
        rung.append(entry.name)
        raise ConnectionError("down")

    monkeypatch.setattr(beat, "apply_async", failing)
    assert beat.tick() == 1.0
    seen[0] += 1
    assert beat.tick() == 1.0
    assert rung == ["often", "rarely", "often"]


def test_the_connection_of_a_publish_under_way_is_not_closed_by_the_signal_to_stop():
    beat = celery.Beat(celery.app, lazy=True)
    publishing = beat.connection
    try:
        beat.close()  # what Celery's signal handler does before it raises SystemExit
        assert beat.connection is publishing
    finally:
        publishing.release()
