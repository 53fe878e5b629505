"""What keeps a unit that does not answer from holding all threads of those that call it: one gate per callee.

A callee is one context at one address, so a slow one does not shut the door to those that share its unit.

Promise: at most `AT_ONCE` calls of this process wait for one callee; who finds no place within a moment (a longer one
while it answers others) is Unavailable. The gate is shut after `FAILURES` attempts in a row without any answer, or
when one waited `SILENT_SECONDS` in vain and nobody else was answered meanwhile: calls are refused at once, and after a
pause, which doubles up to `LONGEST_PAUSE_SECONDS`, one call is let through to look. Its answer opens the gate again.

An answer, whatever it says, is a sign of life: a unit that refuses, or is slow, is not one that hangs.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from shop.call import remaining
from shop.errors import Unavailable

logger = logging.getLogger("shop.ports")

AT_ONCE = 3
"""One less than the threads of a web process; the last may still wait for a place, but not long."""
PLACE_SECONDS = 0.25
ALIVE_PLACE_SECONDS = 0.5
ALIVE_SECONDS = 2.0
"""So long after an answer a callee counts as alive, and a place before it is worth waiting for."""
FAILURES = 5
SILENT_SECONDS = 2.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 5.0


class Gate:
    """Before one callee. Threads share it."""

    def __init__(self, callee: str) -> None:
        self._callee = callee
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()
        self._failures = 0
        self._answered_at = float("-inf")
        self._shut_until = 0.0
        self._pause = FIRST_PAUSE_SECONDS
        self._looking = False

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places for a call; Unavailable when the gate is shut or all are taken."""
        self._check()
        alive = not self._failures and time.monotonic() - self._answered_at < ALIVE_SECONDS
        seconds, left = ALIVE_PLACE_SECONDS if alive else PLACE_SECONDS, remaining()
        if not self._places.acquire(timeout=seconds if left is None else max(0.0, min(seconds, left))):
            raise Unavailable(f"{self._callee} is asked by too many at once.", retry_after=1)
        try:
            yield
        finally:
            self._places.release()

    def answered(self) -> None:
        """It lives."""
        with self._lock:
            if self._failures >= FAILURES:
                logger.warning("%s answers again", self._callee)
            self._answered_at, self._looking = time.monotonic(), False
            self._failures, self._shut_until, self._pause = 0, 0.0, FIRST_PAUSE_SECONDS

    def failed(self, waited: float = 0.0) -> None:
        """After so many seconds no answer had come, or only a part of one."""
        with self._lock:
            at, was_shut = time.monotonic(), self._failures >= FAILURES
            self._failures += 1
            if waited >= SILENT_SECONDS and self._answered_at < at - waited:
                self._failures = max(self._failures, FAILURES)
            if self._failures < FAILURES:
                return
            if not was_shut:
                logger.warning("%s does not answer: it is not asked for %s s", self._callee, self._pause)
            elif self._looking:  # others may have waited as long as the one who looked: they count once
                self._pause, self._looking = min(self._pause * 2, LONGEST_PAUSE_SECONDS), False
            self._shut_until = at + self._pause

    def _check(self) -> None:
        """Refuse while it is shut; the first after the pause goes through, the next wait for what it finds."""
        with self._lock:
            left = self._shut_until - time.monotonic()
            if self._failures < FAILURES:
                return
            if left <= 0:
                self._shut_until, self._looking = time.monotonic() + self._pause, True
                return
        raise Unavailable(f"{self._callee} does not answer.", retry_after=max(1.0, left))


_gates: dict[tuple[str, str], Gate] = {}
_making = threading.Lock()


def gate_of(address: str, context: str) -> Gate:
    """The one of this process before `context` in the unit at `address`."""
    gate = _gates.get((address, context))
    if gate is None:
        with _making:
            gate = _gates.setdefault((address, context), Gate(f"{context} at {address}"))
    return gate


def forget() -> None:
    """All gates are open and new; for tests, and in a child process."""
    _gates.clear()
