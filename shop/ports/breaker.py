"""What keeps a unit that does not answer from holding all threads of those that call it: one gate per callee.

Promise: at most `AT_ONCE` calls of this process wait for one callee; who finds no place within a moment is Unavailable.
After `FAILURES` attempts in a row without any answer the gate is shut: calls are refused at once, and after a pause,
which doubles up to `LONGEST_PAUSE_SECONDS`, one call is let through to look. Its answer opens the gate again.

An answer, whatever it says, is a sign of life: a unit that refuses is not one that hangs.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shop.call import remaining
from shop.errors import Unavailable

AT_ONCE = 2
PLACE_SECONDS = 0.25
FAILURES = 5
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0


class Gate:
    """Before one callee. Threads share it."""

    def __init__(self, callee: str) -> None:
        self._callee = callee
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._failures = 0
        self._shut_until = 0.0
        self._pause = FIRST_PAUSE_SECONDS

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places for a call; Unavailable when the gate is shut or all are taken."""
        self._check()
        left = remaining()
        if not self._places.acquire(timeout=PLACE_SECONDS if left is None else max(0.0, min(PLACE_SECONDS, left))):
            raise Unavailable(f"{self._callee} is asked by too many at once.", retry_after=1)
        try:
            yield
        finally:
            self._places.release()

    def answered(self) -> None:
        """It lives."""
        with self._lock:
            self._failures, self._shut_until, self._pause = 0, 0.0, FIRST_PAUSE_SECONDS

    def failed(self) -> None:
        """No answer came, or only a part of one."""
        with self._lock:
            self._failures += 1
            if self._failures >= FAILURES:
                self._shut_until = time.monotonic() + self._pause
                self._pause = min(self._pause * 2, LONGEST_PAUSE_SECONDS)

    def _check(self) -> None:
        """Refuse while it is shut; the first after the pause goes through, the next wait for what it finds."""
        with self._lock:
            left = self._shut_until - time.monotonic()
            if self._failures < FAILURES:
                return
            if left <= 0:
                self._shut_until = time.monotonic() + self._pause
                return
        raise Unavailable(f"{self._callee} does not answer.", retry_after=max(1.0, left))


_gates: dict[str, Gate] = {}
_making = threading.Lock()


def gate_of(address: str) -> Gate:
    """The one of this process before the unit at `address`."""
    gate = _gates.get(address)
    if gate is None:
        with _making:
            gate = _gates.setdefault(address, Gate(address))
    return gate


def forget() -> None:
    """All gates are open and new; for tests, and in a child process."""
    _gates.clear()
