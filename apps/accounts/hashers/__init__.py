"""Passwords are stored as argon2id with the parameters that OWASP recommends, and checked aside from browsing.

One check takes a core and 19 MiB for tens of milliseconds. Each process has a helper for them that the system runs
when nobody else wants the core, and few requests wait for it: the others are told to come back, so that threads are
left for browsing however many logins come in.
"""

from __future__ import annotations

import atexit
import base64
import contextlib
import os
import threading
from collections.abc import Iterator

from django.contrib.auth.hashers import Argon2PasswordHasher

from apps.accounts.contracts import TooBusy

from .helper import Helper

PLACES = 2
"""How many requests of a process may be at it: one is served, one waits."""

_places = threading.BoundedSemaphore(PLACES)
_mine = threading.local()
_helper = Helper()


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
        params = self.params()
        costs = [params.time_cost, params.memory_cost, params.parallelism, params.hash_len]
        with place():
            return f"{self.algorithm}{_helper.ask('hash', password, salt, *costs)}"

    def verify(self, password: str, encoded: str) -> bool:
        """Whether it is this password, found out aside."""
        with place():
            return _helper.ask("verify", password, encoded.removeprefix(str(self.algorithm))) == "yes"


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


def _after_fork() -> None:
    """Neither locks nor the helper are of use to a child."""
    global _helper, _places
    _helper.abandon()
    _helper, _places = Helper(), threading.BoundedSemaphore(PLACES)


atexit.register(lambda: _helper.stop())  # noqa: PLW0108  # whichever helper it is by then
os.register_at_fork(after_in_child=_after_fork)
