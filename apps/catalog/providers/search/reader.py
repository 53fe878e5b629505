"""What a process searches in: the newest state of the index, exchanged whole while older ones still answer."""

from __future__ import annotations

import logging
import re
import threading
import time
from functools import cache
from pathlib import Path

import tantivy
from django.conf import settings

from shop.errors import Unavailable

from .state import State
from .store import Store

logger = logging.getLogger(__name__)
RETRY_SECONDS = 2.0
OLDEST_SECONDS = 1.0
"""A search looks for itself whether there is something new if nobody did for so long."""
REST_FROM_SECONDS, REST_TIMES, REST_SECONDS = 0.05, 4, 0.8
"""Who needed that long for a new state leaves the next one alone for some times as long, and at most for so long."""


class Reader:
    """One per process."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._state: State | None = None
        self._stamp: tuple[str, int, int] | None = None
        self._index: tuple[Path, tantivy.Index] | None = None
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._rests_until = float("-inf")

    def state(self) -> State:
        """What to answer from. Raises Unavailable while there is no index."""
        if self._state is None or time.monotonic() > self._looked_at + OLDEST_SECONDS:
            self.refresh()
        state = self._state
        if state is None:
            raise Unavailable("the search index is being built", retry_after=RETRY_SECONDS)
        return state

    def refresh(self, *, warm: bool = False) -> None:
        """Take up what has been committed since. `warm`: and answer again what is dear, before others wait for it.

        A large index that changes all the time is not taken up each time: answering would leave no time for others.
        """
        self._looked_at = time.monotonic()
        if self._looked_at < self._rests_until:
            return
        stamp = self.store.stamp()
        if stamp == self._stamp:
            return
        with self._lock:
            if stamp != self._stamp:
                state = self._read()
                if warm and state is not None:
                    self._warm(state)
                self._state = state
                self._stamp = stamp

    def _warm(self, state: State) -> None:
        started = time.thread_time()
        state.warm(self._state)
        took = time.thread_time() - started
        if took > REST_FROM_SECONDS:
            self._rests_until = time.monotonic() + min(REST_SECONDS, REST_TIMES * took)

    def _read(self) -> State | None:
        path = self.store.current()
        if path is None:
            self._index = None
            return None
        try:
            if self._index is None or self._index[0] != path:
                self._index = path, self.store.open(path)
                return State(self._index[1], self.store.currencies)
            self._index[1].reload()
            return State(self._index[1], self.store.currencies, like=self._state)
        except (ValueError, OSError) as error:
            logger.warning("The search index %s cannot be read: %r", path, error)
            self.store.give_up(path)
            self._index = None
            return None


@cache
def reader() -> Reader:
    """This process's. Another database has another index: who changes the engine does not search in the old shop."""
    database = settings.DATABASES["catalog"]
    host = re.sub(r"//[^/@]*@", "//", str(database.get("HOST", "")))
    source = f"{database['ENGINE']} {host} {database['NAME']}"
    return Reader(Store(settings.SHOP_SEARCH_DIR, settings.CURRENCIES, source))
