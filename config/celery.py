"""The Celery application: `celery -A config worker` serves the queues of the local contexts, `beat` rings them."""

from __future__ import annotations

import logging
import math
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from billiard.util import get_pdeathsig  # type: ignore[attr-defined]  # not in its stubs
from celery import Celery
from celery.beat import Scheduler
from celery.signals import setup_logging, task_postrun, worker_init, worker_process_init
from django.conf import settings
from django.db import close_old_connections

from config import broker, pulse
from config.values import ConfigurationError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
logger = logging.getLogger(__name__)
LONGEST_SLEEP_SECONDS = 1.0

broker.install()
app = Celery("shop")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.steps["worker"].add(pulse.WorkerPulse)
app.autodiscover_tasks(lambda: [f"apps.{context}" for context in settings.SHOP_CONTEXTS])


def route(name: str, *_: Any, **__: Any) -> dict[str, str] | None:
    """The task "<context>.<name>" goes to the queue "<context>"."""
    context, dot, _rest = name.partition(".")
    return {"queue": context} if dot and context in settings.SHOP_ALL_CONTEXTS else None


class Beat(Scheduler):
    """Rings the local contexts, each at its period. Keeps nothing: the last runs are rows in the databases.

    By a clock that only goes forward: the wall clock of the machine may be set while it runs.
    """

    def setup_schedule(self) -> None:
        """Read the periods from the jobs themselves; everything is rung at once, and then at its period."""
        from shop import jobs  # late: the registry is full only after Django's setup

        plan = jobs.beat_schedule(settings.SHOP_CONTEXTS)
        self.merge_inplace(plan)  # type: ignore[arg-type]  # takes plain ones
        self.plan_from_now({name: float(entry["schedule"]) for name, entry in plan.items()})

    def plan_from_now(self, periods: Mapping[str, float]) -> None:
        """Everything is due now, and then at its period in seconds."""
        self._periods = periods
        self._next = dict.fromkeys(periods, time.monotonic())
        self._reached = False

    def tick(self, *_: Any, **__: Any) -> float:
        """Ring who is due; answers the seconds until the next one is. Well is who reached the broker last time."""
        for name, due in self._next.items():
            if due > time.monotonic():
                continue
            try:
                self.apply_async(self.schedule[name], producer=self.producer, advance=False)
                self._reached = True
            except Exception as error:  # noqa: BLE001 - whatever the broker's client raises: the next one is rung again
                self._reached = False
                logger.warning("Could not ring %s: %r", name, error)
            # From now on, not from when it was due: what was missed is not made up for.
            self._next[name] = time.monotonic() + self._periods[name]
        if self._reached:
            pulse.renew("beat")
        wait = min(self._next.values(), default=math.inf) - time.monotonic()
        return min(max(0.0, wait), LONGEST_SLEEP_SECONDS)

    def close(self) -> None:
        """Nothing to keep and nothing to give back: Celery calls this in the midst of whatever beat is doing.

        A connection closed under a publish that waits on it fails there with an error that hides the exit.
        """

    @property
    def info(self) -> str:
        """Shown at start."""
        return "    . schedule -> code, in memory"


@setup_logging.connect
def _django_logs(**_: Any) -> None:
    """Keep Django's logging: connecting is enough to make Celery leave it alone."""


@worker_init.connect
def find_once(**_: Any) -> None:
    """Before its processes are forked: each would list the entry points of all packages, and parse C to make a call."""
    app.backend  # noqa: B018  # found among the entry points, if only to be none
    with suppress(OSError):  # not Linux
        get_pdeathsig()


@worker_process_init.connect
def _no_inherited_connections(**_: Any) -> None:
    """A forked worker opens its own database connections and never touches its parent's sockets."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.inc_thread_sharing()
        connection.connection = None


@task_postrun.connect
def keep_good_connections(**_: Any) -> None:
    """As web does between requests: only what has failed is closed, and opened anew for the next task."""
    close_old_connections()


def _stop_when_misconfigured() -> None:
    """`celery -A config` imports this first: say what is wrong in one sentence."""
    started = Path(sys.argv[0] if sys.argv else "")
    if "celery" in {started.stem, started.parent.name}:  # bin/celery, python -m celery
        try:
            from config.env import environment

            environment()
        except ConfigurationError as error:
            print(error, file=sys.stderr)  # noqa: T201  # logging is not configured yet
            raise SystemExit(2) from None


_stop_when_misconfigured()
