"""The helper's process: reads questions about passwords, a line each, and answers them when the core is free.

Run as a file, so that it loads argon2 and nothing of Django. Its arguments are where libraries are.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import time
from pathlib import Path

NICENESS = 10
SHARE = 0.1
"""Of a core that others want too: on a busy machine logins wait, and still come. All of an idle one.

Niceness alone does not see to that: between any two requests the core is free for a moment, and 19 MiB pushed through
its caches slow down whoever comes next. So after a login the helper rests, if it had to share.
"""
LONGEST_REST_SECONDS = 0.5
SHARED = 1.2
"""Somebody else was on the core when a check took so many times what it computed."""
TRIES = 5


def main() -> None:
    """Until the pipe ends, which it does when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    _stand_back()
    for line in iter(sys.stdin.buffer.readline, b""):
        began, computed = time.perf_counter(), time.process_time()
        kind, *question = json.loads(line)
        sys.stdout.buffer.write(json.dumps(answer(kind, *question)).encode() + b"\n")
        sys.stdout.buffer.flush()
        if kind == "verify":  # which is a login; new passwords are rare, and a demo shop makes many at once
            time.sleep(rest(time.perf_counter() - began, time.process_time() - computed))


def rest(took: float, computed: float) -> float:
    """For how long to leave the core alone after something that took so many seconds and computed so many of them."""
    return max(0.0, min(LONGEST_REST_SECONDS, computed / SHARE - took)) if took > computed * SHARED else 0.0


def _stand_back() -> None:
    """Behind everybody, also behind those of other sessions: Linux may weigh sessions first and tasks only in them."""
    with contextlib.suppress(OSError):
        os.nice(NICENESS)
    with contextlib.suppress(OSError):
        os.setsid()
        for _ in range(TRIES):
            with contextlib.suppress(BlockingIOError):  # the system takes one such wish in a tenth of a second
                Path("/proc/self/autogroup").write_text(str(NICENESS), encoding="ascii")
                return
            time.sleep(0.11)


def answer(kind: str, password: str, stored: str, *costs: int) -> str:
    """A hash with the salt `stored`, or whether the hash `stored` is of this password."""
    from argon2 import low_level
    from argon2.exceptions import Argon2Error, InvalidHashError

    secret = password.encode("utf-8", "surrogatepass")
    if kind == "hash":
        time_cost, memory_cost, lanes, length = costs
        made = low_level.hash_secret(secret, stored.encode(), time_cost, memory_cost, lanes, length, low_level.Type.ID)
        return made.decode("ascii")
    try:
        low_level.verify_secret(stored.encode("ascii"), secret, low_level.Type.ID)
    except (Argon2Error, InvalidHashError, UnicodeError):
        return "no"
    return "yes"


if __name__ == "__main__":
    sys.path[1:] = sys.argv[1:]
    main()
