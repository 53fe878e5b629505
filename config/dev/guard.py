"""Kills process groups when the process that started us is gone: our stdin ends then, however it died.

Reads lines "+<group>" and "-<group>". Works on every POSIX system; a parent-death signal would reach
only the first process of a group, and only on Linux.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress


def main() -> None:
    """Listen until the end, then kill what is still watched."""
    groups: set[int] = set()
    for line in sys.stdin:
        number = int(line[1:])
        if line[0] == "+":
            groups.add(number)
        else:
            groups.discard(number)
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, signal.SIG_IGN)  # it ends with its parent, never before
    main()
