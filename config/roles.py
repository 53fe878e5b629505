"""The commands of the product's processes: what `make up`, the tests and the image all start."""

from __future__ import annotations

import sys
from collections.abc import Sequence

PYTHON = sys.executable
QUIET = "ignore:You're running the worker with superuser"  # in some containers that is how it is
CELERY = (PYTHON, "-W", QUIET, "-m", "celery", "--quiet", "--skip-checks", "--app", "config")
"""Django's checks are about the code: `migrate` and the tests make them, and a start finds no other answer."""


def web(host: str, port: int, *, workers: int, threads: int, drain: float = 0) -> tuple[str, ...]:
    """The HTTP server: processes, threads in each, and for how many seconds it drains when it is told to stop."""
    return (
        PYTHON, "-m", "config.serve", "--host", host, "--port", str(port),
        "--workers", str(workers), "--threads", str(threads), "--drain", f"{drain:g}",
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
