"""Whose data directory it is: at most one `make up` at a time, and no `make reset` beside it, whatever their ports."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from config.env import Environment

FILE = ".running"


class AlreadyRunning(Exception):
    """The message says where the other one listens."""


@contextmanager
def alone(env: Environment) -> Iterator[None]:
    """The data directory is ours meanwhile, or AlreadyRunning. The lock ends with the process that holds it."""
    env.data_dir.mkdir(parents=True, exist_ok=True)
    with (env.data_dir / FILE).open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            where = f" on port {port}" if (port := _port_in(file)) else ""
            raise AlreadyRunning(
                f"This shop already runs or is starting{where}; its data is in {env.data_dir}. Stop that one first, "
                "or start a second shop with another SHOP_DATA_DIR and other ports."
            ) from None
        file.truncate(0)
        file.write(str(env.ports["SHOP_PORT"]))
        file.flush()
        yield


def _port_in(file: IO[str], seconds: float = 1.0) -> str:
    """What the other one wrote; who has only just locked the file writes in a moment."""
    until = time.monotonic() + seconds
    while True:
        file.seek(0)
        if (port := file.read().strip()) or time.monotonic() > until:
            return port
        time.sleep(0.02)
