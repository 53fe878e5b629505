"""Everything the fake remembers: objects by account and kind, in memory, and in one SQLite file if asked.

A request runs inside `transaction()`, which is also the lock: what it changed is written in one
commit with the answer that its idempotency key remembers, so a killed server never forgets half.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import Json

KEPT = {"event": 20_000, "delivery": 20_000, "idempotency_key": 100_000}  # the oldest beyond this are forgotten


class Store:
    """Objects by (account, kind) and id, in order of creation."""

    def __init__(self, path: Path | None = None) -> None:
        """Load the file if there is one."""
        self._lock = threading.RLock()
        self._depth = 0
        self._rows: dict[tuple[str, str], dict[str, Json]] = {}
        self._dirty: dict[tuple[str, str, str], Json | None] = {}
        self._hooks: list[Callable[[], None]] = []
        self._file: sqlite3.Connection | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._load(self._file)

    def _load(self, file: sqlite3.Connection) -> None:
        file.execute("PRAGMA journal_mode=WAL")
        file.execute("PRAGMA synchronous=OFF")
        file.execute(
            "CREATE TABLE IF NOT EXISTS objects (number INTEGER PRIMARY KEY, account TEXT, kind TEXT, id TEXT, "
            "body TEXT, UNIQUE (account, kind, id))"
        )
        for account, kind, identifier, body in file.execute(
            "SELECT account, kind, id, body FROM objects ORDER BY number"
        ):
            self._rows.setdefault((account, kind), {})[identifier] = json.loads(body)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the lock; at the outermost exit write what changed and run what waited for it."""
        with self._lock:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
                hooks = self._flush() if self._depth == 0 else []
        for hook in hooks:
            hook()

    def _flush(self) -> list[Callable[[], None]]:
        changed, self._dirty = self._dirty, {}
        hooks, self._hooks = self._hooks, []
        if self._file is not None and changed:
            self._file.execute("BEGIN")
            for (account, kind, identifier), body in changed.items():
                self._write(account, kind, identifier, body)
            self._file.execute("COMMIT")
        return hooks

    def _write(self, account: str, kind: str, identifier: str, body: Json | None) -> None:
        assert self._file is not None
        if body is None:
            self._file.execute("DELETE FROM objects WHERE account=? AND kind=? AND id=?", (account, kind, identifier))
            return
        self._file.execute(
            "INSERT INTO objects (account, kind, id, body) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (account, kind, id) DO UPDATE SET body=excluded.body",
            (account, kind, identifier, json.dumps(body)),
        )

    def after(self, hook: Callable[[], None]) -> None:
        """Run this once the transaction is written."""
        self._hooks.append(hook)

    def put(self, account: str, kind: str, identifier: str, body: Json) -> None:
        """Keep an object; to change one, change it and put it again."""
        with self.transaction():
            rows = self._rows.setdefault((account, kind), {})
            rows[identifier] = body
            self._dirty[account, kind, identifier] = body
            if len(rows) > KEPT.get(kind, len(rows)):
                self.drop(account, kind, next(iter(rows)))

    def drop(self, account: str, kind: str, identifier: str) -> None:
        """Forget an object."""
        with self.transaction():
            if self._rows.get((account, kind), {}).pop(identifier, None) is not None:
                self._dirty[account, kind, identifier] = None

    def get(self, account: str, kind: str, identifier: str) -> Json | None:
        """The object itself, not a copy."""
        return self._rows.get((account, kind), {}).get(identifier)

    def all(self, account: str, kind: str) -> list[Json]:
        """Every object of a kind, oldest first."""
        with self._lock:
            return list(self._rows.get((account, kind), {}).values())

    def ids(self, account: str, kind: str) -> list[str]:
        """The ids of every object of a kind, oldest first."""
        with self._lock:
            return list(self._rows.get((account, kind), {}))

    def accounts(self, kind: str) -> list[str]:
        """Accounts that have objects of a kind."""
        return [account for account, its_kind in self._rows if its_kind == kind]

    def reset(self, *, keep: frozenset[str]) -> None:
        """Forget everything but the kinds to keep."""
        with self.transaction():
            for (account, kind), rows in self._rows.items():
                for identifier in list(rows) if kind not in keep else ():
                    self.drop(account, kind, identifier)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None
