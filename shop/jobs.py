"""Jobs: work that is due. Beat's tick is the guarantee, a wake only makes it sooner.

Promise: every job runs at least once per `every` while a worker and a beat are up, and no fact is
in the broker: losing or doubling a message changes nothing. One tick serves all jobs of a context
that are due, the longest overdue first, so a worker that is behind keeps none of them waiting for
ever. Two runs of one job may overlap, so a job claims what it handles by conditional updates. A job
that raises is logged, and the next tick is its retry. A ring is a ring: what another version's
message says beyond its name is not listened to. A broker that is down costs a request at most a
tenth of a second, once every few seconds, and never fails it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

import celery
import kombu.pools
from django.conf import settings
from django.db import IntegrityError, connections, transaction
from django.db.models import Q

from shop.call import scope
from shop.clock import now
from shop.db import alias, open_alias
from shop.models import ScheduleRun

logger = logging.getLogger(__name__)

JOBS: dict[str, Job] = {}
"""Every job of this process by "<context>.<name>"."""
TICKS: dict[str, Any] = {}
"""The Celery task "<context>.tick" of each context that has jobs."""
woken: list[str] = []
"""With SHOP_WAKE = "record": the names of the jobs woken, for tests."""

FULL_BATCHES_SECONDS = 20.0
EXPIRES_SECONDS = 120.0
"""Of a message: more than clocks differ and workers are behind, little enough to be no flood after an outage."""
PUBLISH_SECONDS = 0.1
SILENT_SECONDS = 60.0
PAUSE_AFTER_FAILURE_SECONDS = 5.0

_publish_again_at = 0.0


class Job:
    """One periodic guarantee of one context; calling it runs it once, here and now."""

    def __init__(
        self, context: str, name: str, function: Callable[[], int], *, every: timedelta, batch: int | None
    ) -> None:
        self.context = context
        self.name = f"{context}.{name}"
        self.function = function
        self.every = every * settings.SHOP_TICK_SECONDS
        self.batch = batch
        self.__doc__ = function.__doc__

        def work(*_: Any, **__: Any) -> int:  # Celery wants a plain function of its own
            return self.run()

        self.task = celery.shared_task(name=self.name, ignore_result=True, acks_late=True)(work)
        # One object, so that several wakes in one transaction are seen to be the same.
        self.publish = self._publish

    def __call__(self) -> int:
        return self.function()

    def __repr__(self) -> str:
        return f"<job {self.name}>"

    def run(self) -> int:
        """What a wake does: run it, whenever it ran last. Never raises."""
        done, error = self._run()
        if error:
            self._note(0, error)
        return done

    def run_if_late(self, at: datetime, *, failed: bool = True) -> int:
        """What a tick does: run it unless another tick has done so lately.

        Unless it `failed` before, a run that finds nothing to do leaves nothing to be noted.
        """
        if not self._claim_tick(at):
            return 0
        done, error = self._run()
        if done or error or failed:
            self._note(done, error)
        return done

    def is_late(self, started_at: datetime | None, at: datetime) -> bool:
        """Whether its period is over, with a quarter of slack, since ticks do not come to the millisecond."""
        if started_at is None:
            return True
        # A start in the future was written by a clock that has been put back since.
        return started_at <= at - self.every * 0.75 or started_at > at + self.every

    def _run(self) -> tuple[int, str]:
        """How much it did, and its error."""
        with scope():
            try:
                return self._run_batches(), ""
            except Exception as error:
                logger.exception("Job %s failed", self.name)
                return 0, repr(error)[:2000]

    def _run_batches(self) -> int:
        """Again at once while batches are full: a backlog does not wait for ticks."""
        end = time.monotonic() + FULL_BATCHES_SECONDS
        total = 0
        while True:
            done = self.function()
            total += done
            if not self.batch or done < self.batch or time.monotonic() > end:
                return total

    def _claim_tick(self, at: datetime) -> bool:
        """Compare-and-set on the last start, by the same rule as `is_late`."""
        rows = ScheduleRun.objects.using(alias(self.context))
        late = Q(started_at__lte=at - self.every * 0.75) | Q(started_at__gt=at + self.every)
        if rows.filter(late, pk=self.name).update(started_at=at):
            return True
        if rows.filter(pk=self.name).exists():
            return False
        try:
            ScheduleRun(id=self.name, started_at=at).save(using=alias(self.context), force_insert=True)
        except IntegrityError:
            return False
        return True

    def _note(self, done: int, error: str) -> None:
        rows = ScheduleRun.objects.using(alias(self.context)).filter(pk=self.name)
        if not done and not error:
            # An idle tick writes nothing, except that the error of an earlier one is over.
            rows = rows.exclude(error="")
        rows.update(finished_at=now(), done=done, error=error)

    def _publish(self) -> None:
        """Never raises, never waits long: after a failure it is quiet for a while, the tick does the work."""
        global _publish_again_at
        if settings.SHOP_WAKE == "record":
            woken.append(self.name)
            return
        if settings.SHOP_WAKE == "none":
            return  # nobody of this unit works: the workers of each context find it by their ticks
        if time.monotonic() < _publish_again_at:
            return
        try:
            with kombu.pools.producers[_connection()].acquire(block=True, timeout=PUBLISH_SECONDS) as producer:
                self.task.apply_async(producer=producer, retry=False, queue=self.context, expires=EXPIRES_SECONDS)
        except Exception as error:  # noqa: BLE001 - whatever the broker's client raises: the tick is the guarantee
            _publish_again_at = time.monotonic() + PAUSE_AFTER_FAILURE_SECONDS
            logger.warning("Could not wake %s, its next tick will do it: %r", self.name, error)


def job(*, every: timedelta, batch: int | None = None) -> Callable[[Callable[[], int]], Job]:
    """In tasks.py: this function does what is due and answers how much it did (0: idle).

    `every` is at a tick of one second (SHOP_TICK_SECONDS); a longer tick makes all jobs that much calmer.
    With `batch`, the most it does in one go, it is called again at once while it does that much.
    """

    def register(function: Callable[[], int]) -> Job:
        context = function.__module__.split(".")[-2]
        return add(Job(context, function.__name__, function, every=every, batch=batch))

    return register


def add(new: Job) -> Job:
    """Make a job known in this process."""
    JOBS[new.name] = new
    if new.context not in TICKS:
        TICKS[new.context] = _tick_task(new.context)
    return new


def tick(context: str) -> int:
    """Run the jobs of `context` whose period is over, the longest overdue first; answers how much they did."""
    rows = ScheduleRun.objects.using(alias(context)).values_list("pk", "started_at", "error")
    seen = {name: (started_at, error) for name, started_at, error in rows}
    at = now()
    new = (None, "")
    late = [known for known in of_context(context) if known.is_late(seen.get(known.name, new)[0], at)]
    late.sort(key=lambda known: seen[known.name][0] + known.every if known.name in seen else at)
    return sum(known.run_if_late(now(), failed=bool(seen.get(known.name, new)[1])) for known in late)


def of_context(context: str) -> list[Job]:
    """The jobs of one context, by name."""
    return [known for name, known in sorted(JOBS.items()) if known.context == context]


def silent_contexts(contexts: Iterable[str]) -> list[str]:
    """Those none of whose jobs has started for long: no worker serves them, or nobody rings."""
    silent = []
    for context in contexts:
        periods = [known.every for known in of_context(context)]
        if periods:
            since = now() - max(timedelta(seconds=SILENT_SECONDS), 3 * min(periods))
            if not ScheduleRun.objects.using(alias(context)).filter(started_at__gt=since).exists():
                silent.append(context)
    return silent


def _tick_task(context: str) -> Any:
    def ring(*_: Any, **__: Any) -> int:
        return tick(context)

    return celery.shared_task(name=f"{context}.tick", ignore_result=True, acks_late=True)(ring)


def wake(target: Job) -> None:
    """Run it soon: after the commit of the open transaction, or now. Several wakes of one transaction are one."""
    using = open_alias()
    if using is None:
        target.publish()
    elif all(hook is not target.publish for _, hook, *_ in connections[using].run_on_commit):
        transaction.on_commit(target.publish, using=using)


def beat_schedule(contexts: Iterable[str]) -> dict[str, dict[str, Any]]:
    """For config/celery.py: one tick per context, as often as the most frequent of its jobs."""
    schedule = {}
    for context in contexts:
        every = min((known.every.total_seconds() for known in of_context(context)), default=0.0)
        if every:
            schedule[f"{context}.tick"] = {
                "task": f"{context}.tick",
                "schedule": every,
                "options": {"queue": context, "expires": max(EXPIRES_SECONDS, every)},
            }
    return schedule


def _connection() -> Any:
    """A broker connection that gives up soon; the worker's own keeps its patience."""
    app = celery.current_app
    options = {
        **app.conf.broker_transport_options,
        "socket_timeout": PUBLISH_SECONDS,
        "socket_connect_timeout": PUBLISH_SECONDS,
        "retry_on_timeout": False,
        "max_retries": 0,
    }
    return app.connection_for_write(transport_options=options, connect_timeout=PUBLISH_SECONDS)
