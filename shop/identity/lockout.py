"""Failed logins, counted by all processes together, and who has to wait because of them.

- One account from one network: 10 failures, then that network waits for that account. A success starts afresh.
- One network over all accounts: 100 failures, then it waits. So one password cannot be tried on everybody.
- One account from all networks: 100 failures, then networks that it was never used from wait.

So a stranger can lock nobody out of the place that they use the shop from; elsewhere the owner waits at most an hour,
or sets a new password by mail, which clears the account. What is counted is the address as it was typed, whether or
not it has an account, so a lock tells nothing. Every try is counted before the password is looked at: many at once
are not more than one after the other.
"""

from __future__ import annotations

import hashlib
import logging
import math
import threading
import time
from typing import Any

from django.conf import settings

from shop import clock
from shop.http.counters import REST_SECONDS, storage
from shop.http.throttling import Limit

logger = logging.getLogger("shop.identity")

PAIR = Limit("login-account", 10, 900)
NETWORK = Limit("login-network", 100, 900)
ACCOUNT = Limit("login-everywhere", 100, 3600)
MOST = 100_000
"""Counts in memory before the expired ones are looked for."""
KNOWN_SECONDS = 30 * 86400
"""So long a network counts as known after a login from it."""


class Attempt:
    """One login, counted as a failure until it is said to be none."""

    def __init__(self, email: str, network: str) -> None:
        account = _hash(email.strip().lower())
        self._pair = f"{account}:{network}"
        self._taken: list[tuple[Limit, str]] = []
        self._all = ((PAIR, self._pair), (NETWORK, network), (ACCOUNT, account))

    def take(self) -> int:
        """Count it; how many seconds it has to wait, 0 when it may go on. What has to wait is not counted."""
        for policy, who in self._all:
            wait = _take(policy, who)
            if wait and not (policy is ACCOUNT and _store.call("get", f"known:{self._pair}")):
                self.is_no_failure()
                return wait
            if not wait:
                self._taken.append((policy, who))
        return 0

    def is_no_failure(self) -> None:
        """Take it back: nobody looked at the password, or it was right."""
        for policy, who in self._taken:
            _store.call("incr", _key(policy, who), policy.counter().seconds, -1)
        self._taken = []

    def is_success(self) -> None:
        """Forget the failures of this account from here, and know the network from now on."""
        self._taken = [(policy, who) for policy, who in self._taken if policy is not PAIR]
        self.is_no_failure()
        _store.call("clear", _key(PAIR, self._pair))
        _store.call("incr", f"known:{self._pair}", KNOWN_SECONDS)


def forgive(email: str) -> None:
    """The account is its owner's again (a new password was set by mail): the failures from elsewhere are void."""
    _store.call("clear", _key(ACCOUNT, _hash(email.strip().lower())))


def _take(policy: Limit, who: str) -> int:
    counter, key = policy.counter(), _key(policy, who)
    if not counter.quota:
        return 0
    if int(_store.call("incr", key, counter.seconds)) <= counter.quota:
        return 0
    _store.call("incr", key, counter.seconds, -1)
    return max(1, math.ceil(float(_store.call("get_expiry", key)) - clock.now().timestamp()))


def _key(policy: Limit, who: str) -> str:
    return f"{policy.name}:{who}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


class _Memory:
    """The counts of this process. The library's own loses some when several threads count at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, tuple[int, float]] = {}

    def incr(self, key: str, seconds: float, amount: int = 1) -> int:
        """The count after adding; it is forgotten `seconds` after the first of them."""
        at = clock.now().timestamp()
        with self._lock:
            if len(self._counts) > MOST:
                self._counts = {known: count for known, count in self._counts.items() if count[1] > at}
            count, end = self._counts.get(key, (0, 0.0))
            if end <= at:
                count, end = 0, at + seconds
            self._counts[key] = count + amount, end
            return count + amount

    def get(self, key: str) -> int:
        """The count now."""
        count, end = self._counts.get(key, (0, 0.0))
        return count if end > clock.now().timestamp() else 0

    def get_expiry(self, key: str) -> float:
        """When it is forgotten."""
        return self._counts.get(key, (0, 0.0))[1]

    def clear(self, key: str) -> None:
        """Forget it now."""
        self._counts.pop(key, None)


class _Store:
    """The cache server; while it does not answer, this process counts alone."""

    def __init__(self) -> None:
        self._alone = _Memory()
        self._rests_until = 0.0

    def call(self, method: str, *args: Any) -> Any:
        """A method of the storage of `limits`."""
        if time.monotonic() >= self._rests_until and not settings.SHOP_RATE_STORE.startswith("memory:"):
            try:
                return getattr(storage(), method)(*args)
            except Exception as error:  # noqa: BLE001  # whatever the cache says, nobody is kept out for it
                self._rests_until = time.monotonic() + REST_SECONDS
                logger.warning("failed logins are counted per process", extra={"error": type(error).__name__})
        return getattr(self._alone, method)(*args)


_store = _Store()


def forget() -> None:
    """For tests: the counts of this process."""
    global _store
    _store = _Store()
