"""Serve the web with granian, and drain before stopping: `python -m config.serve --port 8000`.

After SIGTERM every answer still comes, readiness is 503, and each answer ends its connection, so that a gateway with
kept connections has none left on which it could lose a request. Then the running requests finish.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import django
from django.urls import get_resolver
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels
from granian.server.mp import MPServer

from config.values import ConfigurationError
from shop.http import draining

FINISH_SECONDS = 20
"""How long running requests may take when connections are let go; their own deadline is shorter."""
LAST_SECONDS = 0.5
"""Between the end of listening and the end of connections."""


class DrainingServer(MPServer):
    """Granian, which otherwise closes connections on which a request is on its way. Its own methods have no types."""

    def __init__(self, *, drain_seconds: float, **options: Any) -> None:
        super().__init__("config.wsgi:application", **options)
        self._drain_seconds = drain_seconds
        self._asked = False

    def signal_handler_interrupt(self, *args: Any, **kwargs: Any) -> None:
        """Begin to drain; a second signal does not wait."""
        if self._asked or not self._drain_seconds:
            super().signal_handler_interrupt(*args, **kwargs)  # type: ignore[no-untyped-call]
            return
        self._asked = True
        threading.Thread(target=self._drain, daemon=True).start()

    def _drain(self) -> None:
        self._tell()
        time.sleep(self._drain_seconds)
        self._tell()
        time.sleep(LAST_SECONDS)
        super().signal_handler_interrupt()  # type: ignore[no-untyped-call]

    def _tell(self) -> None:
        for worker in self.wrks:
            with suppress(ProcessLookupError):
                os.kill(worker._id(), draining.SIGNAL)  # type: ignore[no-untyped-call]  # noqa: SLF001  # it has no public name


def main(argv: Sequence[str]) -> None:
    """Until a signal ends it."""
    asked = _arguments(argv)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)  # until granian has its own
    load()
    signal.signal(draining.SIGNAL, signal.SIG_IGN)  # inherited: a process that is not listening yet does not die of it
    DrainingServer(
        drain_seconds=asked.drain,
        address=asked.host,
        port=asked.port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        backlog=2048,
        workers=asked.workers,
        blocking_threads=asked.threads,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=asked.finish,
        log_level=LogLevels.warning,
    ).serve()


def _end(*_: Any) -> None:
    """Nobody is served yet, and no process was forked."""
    raise SystemExit(0)


def load() -> None:
    """Read the code once, before workers are forked: they share its memory, and one that died is back at once.

    Nothing is opened and no thread is started here; `config.wsgi` does that in each worker.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    try:
        django.setup(set_prefix=False)
    except ConfigurationError as error:
        print(error, file=sys.stderr)  # noqa: T201  # logging is not configured yet
        raise SystemExit(2) from None
    get_resolver().url_patterns  # noqa: B018  # reads every view
    gc.collect()
    gc.freeze()  # a collector that touches shared pages copies them


def _arguments(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="config.serve")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--threads", type=int, default=4)
    parser.add_argument("--drain", type=float, default=0, help="seconds between SIGTERM and the end of listening")
    parser.add_argument("--finish", type=int, default=FINISH_SECONDS, help="seconds for what then still runs")
    return parser.parse_args(argv)


if __name__ == "__main__":
    main(sys.argv[1:])
