"""The pulse of a worker and of beat: a file that nobody renews but their own loop, after it has heard the broker.

Who hangs, is frozen or hears no broker stops renewing it, and `config/health.py worker` says so. It is kept where
SHOP_PULSE_DIR says, as in the image; nowhere else is one written.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import Any

from celery import bootsteps
from django.conf import settings

SECONDS = 5.0
"""Between two pulses of a worker; health.LONGEST_PULSE_SECONDS is when it counts as lost."""


def renew(name: str) -> None:
    """Say that this process is well now, by the clock that nobody sets. A folder that is full or gone is no error."""
    if not settings.SHOP_PULSE_DIR:
        return
    file: Path = settings.SHOP_PULSE_DIR / f"{name}.pulse"
    written = file.with_suffix(f".{os.getpid()}")
    try:
        written.write_text(str(time.monotonic()), encoding="ascii")
        written.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            written.unlink()


class WorkerPulse(bootsteps.StartStopStep):
    """Renewed by the main loop of a worker, every few seconds, when the broker has answered it a PING."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.enabled = bool(settings.SHOP_PULSE_DIR)

    def start(self, parent: Any) -> None:
        """From the loop's own timer: a loop that waits for a broker in vain fires none."""
        parent.timer.call_repeatedly(SECONDS, beat_once, (parent,))


def beat_once(worker: Any) -> None:
    """Ask the broker that this worker takes its messages from, and renew the pulse when it answers."""
    consumer = getattr(worker.consumer, "task_consumer", None)
    if consumer is None:
        return
    channel = consumer.channel
    try:
        with channel.conn_or_acquire() as client:
            client.ping()
    except (*channel.connection_errors, *channel.channel_errors):
        return  # the loop finds it out as it always does; no pulse says it to whoever asks
    renew("worker")
