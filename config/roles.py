"""The commands of the product's processes: what `make up`, the tests and the image all start."""

from __future__ import annotations

import sys
from collections.abc import Sequence

PYTHON = sys.executable
QUIET = "ignore:You're running the worker with superuser"  # in some containers that is how it is
CELERY = (PYTHON, "-W", QUIET, "-m", "celery", "--quiet", "--app", "config")


def web(host: str, port: int, *, workers: int, threads: int) -> tuple[str, ...]:
    """The HTTP server: processes, and threads in each."""
    return (
        PYTHON, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--http", "1", "--no-ws", "--backlog", "2048",
        "--workers", str(workers), "--blocking-threads", str(threads),
        "--respawn-failed-workers", "--respawn-interval", "0.5", "--workers-kill-timeout", "8",
        "--log-level", "warning", "config.wsgi:application",
    )  # fmt: skip


def worker(queues: Sequence[str], *, processes: int, name: str, beat: bool = False) -> tuple[str, ...]:
    """Runs the jobs of these contexts; with `beat` it rings them too, of which one process is enough."""
    return (
        *CELERY, "worker", "--concurrency", str(processes), "--queues", ",".join(queues),
        "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
        "--hostname", name, *(("--beat",) if beat else ()),
    )  # fmt: skip


def beat() -> tuple[str, ...]:
    """Rings the jobs of the local contexts."""
    return (*CELERY, "beat", "--pidfile=", "--loglevel", "WARNING")
