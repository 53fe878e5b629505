"""Jobs run once per period however many schedulers tick, sooner when woken, and a dead broker hurts nobody."""

from __future__ import annotations

import logging
import socket
import time
from datetime import timedelta
from functools import partial
from importlib import import_module
from itertools import count
from typing import Any

import pytest

from shop import clock, jobs
from shop.db import transact
from shop.events import publish
from shop.housekeeping import PURGE_BATCH, purge
from shop.jobs import JOBS, beat_schedule, of_context, tick, wake, woken
from shop.models import CommandRecord, IdempotencyKey, InboxRow, OutboxRow, ScheduleRun
from shop.testing.counting import queries_of
from shop.testing.drain import drain
from shop.testing.races import at_once
from shop.tests.mirror import tasks
from shop.tests.sample.contracts import Counted

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def idle():
    tasks.todo.clear()
    tasks.ran.clear()
    jobs._publish_again_at = 0.0


def test_a_job_is_found_by_its_context_and_name():
    assert JOBS["mirror.work"] is tasks.work
    assert (tasks.work.context, tasks.work.task.name, repr(tasks.work)) == (
        "mirror",
        "mirror.work",
        "<job mirror.work>",
    )
    assert {"mirror.relay", "mirror.purge", "sample.relay"} <= set(JOBS)


def test_it_runs_again_at_once_while_its_batches_are_full():
    tasks.todo.extend([1, 2, 3, 4, 5])
    assert tasks.work.run() == 5
    assert tasks.ran == [2, 2, 1]


def test_ticks_of_one_period_run_it_once_and_wakes_always():
    with clock.frozen(clock.now()):
        for _ in range(3):
            tick("mirror")
        assert tasks.ran == [0]
        tasks.work.run()
        assert tasks.ran == [0, 0]
    with clock.shifted(timedelta(seconds=9)):
        tick("mirror")
    assert len(tasks.ran) == 3
    run = ScheduleRun.objects.using("mirror").get(pk="mirror.work")
    assert (run.done, run.error) == (0, "")


def test_ticks_of_two_schedulers_at_once_run_it_once():
    for round_ in range(3):
        with clock.shifted(timedelta(minutes=round_)):
            at_once(*[lambda: tick("mirror")] * 4)
    assert len(tasks.ran) == 3


def test_a_tick_runs_what_is_late_and_the_longest_overdue_first(monkeypatch):
    order: list[str] = []

    def noted(name: str) -> int:
        order.append(name)
        return 0

    for job in of_context("mirror"):
        monkeypatch.setattr(job, "function", partial(noted, job.name))
    tick("mirror")
    assert order == ["mirror.purge", "mirror.relay", "mirror.work"]
    order.clear()
    at = clock.now()
    started = {"mirror.work": at - timedelta(seconds=30), "mirror.relay": at - timedelta(seconds=200)}
    for name, when in started.items():
        ScheduleRun.objects.using("mirror").filter(pk=name).update(started_at=when)
    tick("mirror")
    assert order == ["mirror.relay", "mirror.work"]


def test_an_idle_tick_asks_once_and_writes_nothing():
    tick("mirror")
    with queries_of("mirror") as statements:
        assert tick("mirror") == 0
    assert len(statements) == 1


def test_a_run_that_finds_nothing_to_do_costs_its_claim_alone(monkeypatch):
    for job in of_context("mirror"):
        monkeypatch.setattr(job, "function", lambda: 0)
    tick("mirror")
    with clock.shifted(timedelta(days=2)), queries_of("mirror") as statements:
        assert tick("mirror") == 0
    assert len(of_context("mirror")) == 3
    assert len(statements) == 1 + 3


def test_a_job_that_raises_is_logged_and_tried_again_by_the_next_tick(caplog):
    tasks.todo.append(-1)
    with caplog.at_level(logging.ERROR):
        assert tick("mirror") == 0
    assert "Job mirror.work failed" in caplog.text
    assert ScheduleRun.objects.using("mirror").get(pk="mirror.work").error == "ValueError('it broke')"
    with clock.shifted(timedelta(seconds=20)):
        assert tick("mirror") == 0
    assert ScheduleRun.objects.using("mirror").get(pk="mirror.work").error == ""


def test_a_wake_waits_for_the_commit_and_several_are_one():
    def work():
        for _ in range(3):
            wake(tasks.work)
        wake(JOBS["mirror.relay"])
        assert woken == []

    transact("mirror", work)
    assert woken == ["mirror.work", "mirror.relay"]
    wake(tasks.work)
    assert woken[2:] == ["mirror.work"]


def test_a_wake_of_a_rolled_back_transaction_never_rings():
    def work():
        wake(tasks.work)
        raise ValueError("undo")

    with pytest.raises(ValueError, match="undo"):
        transact("mirror", work)
    assert woken == []


@pytest.fixture
def broker(settings):
    """Points Celery at an address for one test."""
    from celery import current_app

    settings.SHOP_WAKE = "celery"
    conf: Any = current_app.conf
    before = conf.broker_url

    def use(port):
        conf.broker_url = f"redis://127.0.0.1:{port}/0"

    yield use
    conf.broker_url = before


def test_a_broker_that_is_down_costs_nothing_and_is_only_logged(broker, caplog):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        broker(closed.getsockname()[1])
        tasks.work.publish()
        jobs._publish_again_at = 0.0
        begun = time.monotonic()
        tasks.work.publish()
        assert time.monotonic() - begun < 0.4
        assert "Could not wake mirror.work" in caplog.text
        caplog.clear()
        tasks.work.publish()
        assert caplog.text == ""


def calls_at(server):
    """How many have called since we last asked."""
    server.setblocking(False)
    for calls in count():
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return calls
    raise AssertionError


def test_a_broker_that_never_answers_costs_a_tenth_of_a_second_once(broker):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(50)
        broker(silent.getsockname()[1])
        import_module("kombu.transport.redis")
        begun = time.monotonic()
        tasks.work.publish()
        assert time.monotonic() - begun < 3, "a worker's own connection has the patience of 5 s"
        assert calls_at(silent) >= 1
        tasks.work.publish()
        assert calls_at(silent) == 0


def test_beat_rings_each_context_as_often_as_its_most_frequent_job():
    """One message for all its jobs; it lives longer than its period, so that a worker that is behind drops none."""
    assert beat_schedule(["mirror", "sample"]) == {
        "mirror.tick": {"task": "mirror.tick", "schedule": 10.0, "options": {"queue": "mirror", "expires": 120.0}},
        "sample.tick": {"task": "sample.tick", "schedule": 1.0, "options": {"queue": "sample", "expires": 120.0}},
    }


def test_who_has_listeners_is_swept_often_and_others_rarely(settings):
    assert JOBS["sample.relay"].every == timedelta(seconds=settings.SHOP_TICK_SECONDS)
    assert JOBS["mirror.relay"].every == timedelta(seconds=60 * settings.SHOP_TICK_SECONDS)


def test_old_rows_are_forgotten_in_batches_and_young_ones_kept():
    old = clock.now() - timedelta(days=91)
    day = clock.now() - timedelta(hours=25)
    inbox = InboxRow.objects.using("sample")
    inbox.bulk_create(InboxRow(id=f"old {number}", created_at=old) for number in range(PURGE_BATCH + 1))
    inbox.create(id="young", created_at=day)
    CommandRecord.objects.using("sample").create(id="old", arguments="", answer="", created_at=old)
    CommandRecord.objects.using("sample").create(id="young", arguments="", answer="", created_at=day)
    keys = IdempotencyKey.objects.using("sample")
    keys.create(id="old", caller="", endpoint="", body_hash="", created_at=day)
    keys.create(id="young", caller="", endpoint="", body_hash="")
    assert purge("sample") == PURGE_BATCH + 2
    assert JOBS["sample.purge"].run() == 1
    for model in (InboxRow, CommandRecord, IdempotencyKey):
        assert list(model._default_manager.using("sample").values_list("pk", flat=True)) == ["young"]


@pytest.mark.parametrize("state", ["dead", "new"])
def test_an_event_that_holds_a_secret_perishes_with_it_sent_or_not(monkeypatch, state):
    transact("sample", lambda: publish(Counted("a", 1), key="a"))
    OutboxRow.objects.using("sample").update(state=state)
    with clock.shifted(timedelta(hours=2)):
        purge("sample")
        assert OutboxRow.objects.using("sample").exists()
        monkeypatch.setattr(Counted, "perishes_after", timedelta(hours=3))
        purge("sample")
        assert OutboxRow.objects.using("sample").exists()
        monkeypatch.setattr(Counted, "perishes_after", timedelta(hours=1))
        assert purge("sample") == 1
    assert not OutboxRow.objects.using("sample").exists()


def test_drain_runs_until_nothing_is_left():
    tasks.todo.extend([1, 2, 3])
    assert drain("mirror") == 3
    assert tasks.todo == []


def test_drain_gives_up_on_a_job_that_always_finds_work(monkeypatch):
    monkeypatch.setattr(tasks.work, "function", lambda: 1)
    with pytest.raises(AssertionError, match="still found work after 50 rounds"):
        drain("mirror")


def test_a_clock_that_was_put_back_does_not_stop_the_jobs():
    with clock.shifted(timedelta(days=1)):
        tick("mirror")
    tick("mirror")
    assert len(tasks.ran) == 2


def test_a_ring_of_another_version_with_arguments_is_answered_all_the_same():
    tasks.todo.extend([1, 2])
    assert jobs.TICKS["mirror"].apply(args=("2026-01-01",), kwargs={"only": "work"}).get() == 2
    tasks.todo.extend([3])
    assert tasks.work.task.apply(args=(7,)).get() == 1
