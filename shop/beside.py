"""Work that every web process does beside answering, in a thread of its own: keep what it answers from up to date.

For what belongs to a process or its machine, such as an index that is derived from the database; all else is a job.
A step that raises is logged and tried again; nothing waits for the thread when the process ends.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import timedelta

from shop.call import scope
from shop.db.transactions import opened_connections

logger = logging.getLogger(__name__)

LONGEST_PAUSE_SECONDS = 10.0

_steps: list[tuple[Callable[[], object], timedelta]] = []


def beside(*, every: timedelta) -> Callable[[Callable[[], object]], Callable[[], object]]:
    """In tasks.py: run this function again and again in every web process."""

    def register(function: Callable[[], object]) -> Callable[[], object]:
        _steps.append((function, every))
        return function

    return register


def start() -> None:
    """Once, by what serves the web, when Django is set up and the process will not fork any more."""
    for function, every in _steps:
        name = f"beside {function.__module__}.{function.__name__}"
        threading.Thread(target=repeat, args=(function, every), name=name, daemon=True).start()


def repeat(function: Callable[[], object], every: timedelta, stop: Callable[[], bool] = lambda: False) -> None:
    """Until `stop`. After failures the pauses grow, so that a database that is down is not asked twice a second."""
    pause = every.total_seconds()
    while not stop():
        try:
            with scope():
                function()
            pause = every.total_seconds()
        except Exception:
            logger.exception("%s failed, it is tried again", function.__name__)
            pause = min(LONGEST_PAUSE_SECONDS, pause * 2)
        for connection in opened_connections():
            connection.close_if_unusable_or_obsolete()
        time.sleep(pause)
