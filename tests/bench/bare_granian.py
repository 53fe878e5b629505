"""The floor: a WSGI function that answers bytes it already has. What granian itself costs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

_BODIES = {name: Path(os.environ["BENCH_BODIES"], name).read_bytes() for name in ("list", "detail")}


def application(environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer the very bytes that the shop answered."""
    body = _BODIES[environ["PATH_INFO"].split("/")[1]]
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
