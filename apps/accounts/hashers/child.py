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
"""About a tenth of a core that others want too: on a busy machine logins wait, and still come. All of an idle one."""
TRIES = 5


def main() -> None:
    """Until the pipe ends, which it does when the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business
    _stand_back()
    for line in iter(sys.stdin.buffer.readline, b""):
        sys.stdout.buffer.write(json.dumps(answer(*json.loads(line))).encode() + b"\n")
        sys.stdout.buffer.flush()


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
