"""How often something was done in this window, by all processes together, mostly without asking the cache server.

Each process counts for itself and reports to the server in steps of a twentieth of the quota; the answer to a report is
what all have reported. Promise: of a quota q, P processes together admit at least q and at most q + P x (s - 1), with
s = max(1, q // 20). A quota below 40 is therefore exact, at one round trip each; a large one costs a round trip in
every s requests. Windows are fixed and begin at whole multiples of their length since 1970, in every process alike.

A server that does not answer never fails or refuses a request: each process then counts alone (so at most P x q are
admitted), asks the server again after REST_SECONDS, and reports what it has counted meanwhile.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from functools import cache

from django.conf import settings
from limits.storage import MemoryStorage, RedisStorage

logger = logging.getLogger("shop.http")

STEPS = 20
MOST_CALLERS = 100_000
"""Callers kept per policy and window; beyond, all are forgotten here and found again at the server."""
REST_SECONDS = 2.0


@dataclass(slots=True)
class _Tally:
    """One caller in one window: what the server knows, and what it was not told yet."""

    told: int = 0
    own: int = 0


class Counter:
    """The counts of one policy: at most `quota` within `seconds` for each caller."""

    def __init__(self, name: str, quota: int, seconds: int) -> None:
        self.name, self.quota, self.seconds = name, quota, seconds
        self.step = max(1, quota // STEPS)
        self.policy = f'"{name}";q={quota};w={seconds}'
        self._window = -1
        self._tallies: dict[str, _Tally] = {}
        self._lock = threading.Lock()

    def take(self, caller: str, at: float) -> int:
        """Count one for `caller`; how many are left then, below 0 when this one is refused (and not counted)."""
        window = int(at // self.seconds)
        with self._lock:
            tally = self._tally(caller, window)
            left = self.quota - tally.told - tally.own - 1
            if left < 0:
                return -1
            tally.own += 1
            if tally.own < self.step:
                return left
            report, tally.own = tally.own, 0
            tally.told += report
        total = _shared.add(f"{self.name}:{window}:{caller}", self.seconds, report)
        with self._lock:
            if total is None:
                tally.told -= report
                tally.own += report
                return left
            tally.told = max(tally.told, total)
            return self.quota - tally.told - tally.own if total <= self.quota else -1

    def _tally(self, caller: str, window: int) -> _Tally:
        if window != self._window:
            self._window, self._tallies = window, {}
        tally = self._tallies.get(caller)
        if tally is None:
            if len(self._tallies) >= MOST_CALLERS:
                self._tallies = {}
            tally = self._tallies[caller] = _Tally()
        return tally


class _Shared:
    """The counters of all processes, at the cache server."""

    def __init__(self) -> None:
        self._rests_until = 0.0

    def add(self, key: str, seconds: int, amount: int) -> int | None:
        """The sum after adding; None when the server does not answer."""
        if time.monotonic() < self._rests_until:
            return None
        try:
            return int(storage().incr(key, seconds, amount))
        except Exception as error:  # noqa: BLE001  # whatever the cache says, no request fails for it
            self._rests_until = time.monotonic() + REST_SECONDS
            logger.warning("rate limits are counted per process", extra={"error": type(error).__name__})
            return None

    def rest_no_more(self) -> None:
        """Ask the server again at once."""
        self._rests_until = 0.0


_shared = _Shared()


def storage() -> MemoryStorage | RedisStorage:
    """Where all processes count together."""
    return _storage(settings.SHOP_RATE_STORE)


@cache
def _storage(url: str) -> MemoryStorage | RedisStorage:
    """Connections are made when they are used, so never before a fork."""
    if url.startswith("memory:"):
        return MemoryStorage()
    return RedisStorage(url, key_prefix="shop:limit", socket_timeout=0.25, socket_connect_timeout=0.25)


def forget() -> None:
    """For tests: the counts kept in memory, and that the server was silent."""
    _storage.cache_clear()
    _shared.rest_no_more()
