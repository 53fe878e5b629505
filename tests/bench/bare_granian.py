"""The floor: a WSGI function that answers bytes it already has. What granian itself costs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

_BODIES = {f"/{name}": Path(os.environ["BENCH_BODIES"], name).read_bytes() for name in ("list", "detail")}


def application(environ: dict[str, str], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer the recorded body of the same length that the shop answered."""
    body = _BODIES[environ["PATH_INFO"]]
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
