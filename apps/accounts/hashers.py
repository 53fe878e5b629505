"""Passwords are stored as argon2id with the parameters that OWASP recommends, and checked aside from browsing.

One check takes a core and 19 MiB for tens of milliseconds. Each process has one thread for them that the system runs
when nobody else wants the core, and few requests wait for it: the others are told to come back, so that threads are
left for browsing however many logins come in.
"""

from __future__ import annotations

import base64
import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from typing import TypeVar

from django.contrib.auth.hashers import Argon2PasswordHasher

from .contracts import TooBusy

T = TypeVar("T")

PLACES = 2
"""How many requests of a process may be at it: one is served, one waits."""
PATIENCE_SECONDS = 10.0
NICENESS = 15
"""About a thirtieth of a core that others want too; all of one that is idle."""

_places = threading.BoundedSemaphore(PLACES)
_mine = threading.local()
_bench: ThreadPoolExecutor | None = None


class Argon2idHasher(Argon2PasswordHasher):
    """Django's own argon2id hasher with 19 MiB, two passes, one lane.

    Stored hashes name their parameters, so raising them later re-hashes each password at its
    owner's next login.
    """

    time_cost = 2
    memory_cost = 19456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        """The hash, made aside."""
        return _aside(lambda: super(Argon2idHasher, self).encode(password, salt))

    def verify(self, password: str, encoded: str) -> bool:
        """Whether it is this password, found out aside."""
        return _aside(lambda: super(Argon2idHasher, self).verify(password, encoded))


@contextlib.contextmanager
def place() -> Iterator[None]:
    """Keep a place for the passwords of this request; TooBusy at once when there is none."""
    if getattr(_mine, "kept", False):
        yield
        return
    if not _places.acquire(blocking=False):
        raise TooBusy("Many people log in at this moment: try again.", retry_after=1)
    _mine.kept = True
    try:
        yield
    finally:
        _mine.kept = False
        _places.release()


def hash_of_nobody(like: Argon2PasswordHasher) -> str:
    """A hash that no password has; checking one against it costs what checking a real one costs."""
    salt, digest = (base64.b64encode(os.urandom(size)).rstrip(b"=").decode() for size in (16, 32))
    cost = f"m={like.memory_cost},t={like.time_cost},p={like.parallelism}"
    return f"argon2$argon2id$v=19${cost}${salt}${digest}"


def _aside(work: Callable[[], T]) -> T:
    with place():
        future = _the_bench().submit(work)
        try:
            return future.result(PATIENCE_SECONDS)
        except Late:
            future.cancel()
            raise TooBusy("The shop is very busy: try again.", retry_after=2) from None


def _the_bench() -> ThreadPoolExecutor:
    global _bench
    if _bench is None:
        _bench = ThreadPoolExecutor(1, thread_name_prefix="argon2", initializer=_stand_back)
    return _bench


def _stand_back() -> None:
    """On Linux a thread has a priority of its own."""
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)


def _after_fork() -> None:
    """Threads do not live on in a child."""
    global _bench, _places
    _bench, _places = None, threading.BoundedSemaphore(PLACES)


os.register_at_fork(after_in_child=_after_fork)
