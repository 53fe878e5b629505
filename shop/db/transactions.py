"""Transactions of exactly one context's database, run again when the engine says so.

Promise: `transact` runs the function's writes once and completely or not at all, on every engine.
The function may run several times, so it does nothing but read and write that database; what it
asked to happen on commit happens only for the try that committed. A conflict that does not end
within about ten seconds becomes `Unavailable`; so does a commit whose answer was lost (MongoDB), which
may have happened: the caller repeats with its key.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, OperationalError, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from shop.call import remaining
from shop.errors import CallInsideTransaction, Unavailable

T = TypeVar("T")

SECONDS = 10.0
FIRST_PAUSE_SECONDS = 0.004
LONGEST_PAUSE_SECONDS = 0.25
_SQLSTATES = frozenset({"40001", "40P01", "55P03"})
"""PostgreSQL: serialization failure, deadlock, lock not available."""
_MONGODB_CONFLICT = "TransientTransactionError"
_MONGODB_UNKNOWN = "UnknownTransactionCommitResult"
"""The commit may or may not have happened: running the function again could do its work twice."""
_SQLITE_WORDS = ("database is locked", "database table is locked", "database schema is locked")


def alias(context: str) -> str:
    """The database alias of a context of this process: its own name."""
    if context not in settings.SHOP_CONTEXTS:
        raise LookupError(f"The context {context!r} does not run in this process: {settings.SHOP_CONTEXTS}")
    return context


class _Connected(threading.local):
    """The connections that this thread has opened, by alias. Asking Django's handler costs ten times as much."""

    def __init__(self) -> None:
        self.by_alias: dict[str, BaseDatabaseWrapper] = {}


_connected = _Connected()


def _remember(connection: BaseDatabaseWrapper, **_: object) -> None:
    _connected.by_alias[connection.alias] = connection


connection_created.connect(_remember, dispatch_uid="shop.db.transactions")


def opened_connections() -> tuple[BaseDatabaseWrapper, ...]:
    """The connections that this thread has opened, whether they are connected now or not."""
    return tuple(_connected.by_alias.values())


def open_alias() -> str | None:
    """The alias whose transaction is open in this thread, if one is."""
    for connection in _connected.by_alias.values():
        if connection.in_atomic_block:
            return connection.alias
    return None


def in_transaction() -> bool:
    """Whether a transaction of any context is open in this thread."""
    return open_alias() is not None


def forbid_transaction(what: str) -> None:
    """Refuse `what` while a transaction is open: it may leave the process, and cannot be rolled back."""
    opened = open_alias()
    if opened is not None:
        raise CallInsideTransaction(f"{what} was called inside a transaction of {opened}: ask first, then write")


def transact(context: str, function: Callable[[], T], *, attempts: int | None = None) -> T:
    """Run `function` in a transaction of `context`, or in the one of that context that is open.

    `attempts` bounds the tries further than time does. `function` must be repeatable.
    """
    using, opened = alias(context), open_alias()
    if opened == using:
        return function()
    if opened is not None:
        raise CallInsideTransaction(f"A transaction of {context} was asked for inside one of {opened}")
    left = remaining()
    end = time.monotonic() + (SECONDS if left is None else min(SECONDS, max(left, 0)))
    attempt = 0
    while True:
        attempt += 1
        committed: list[bool] = []
        try:
            with transaction.atomic(using=using):
                transaction.on_commit(lambda done=committed: done.append(True), using=using)  # type: ignore[misc]
                return function()
        except Exception as error:
            # After the commit only a hook can have failed: running again would do the work twice.
            if not committed and _has_label(error, _MONGODB_UNKNOWN):
                raise Unavailable(f"Nobody knows whether {context} committed: {error}") from error
            if committed or not is_transient(error):
                raise
            if time.monotonic() >= end or attempt == attempts:
                raise Unavailable(f"{context} is too busy: {error}") from error
        time.sleep(random.uniform(0, min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** min(attempt, 10))))


def is_transient(error: BaseException) -> bool:
    """Whether the engine says that the same transaction may succeed when run again."""
    if isinstance(error, IntegrityError):
        return False
    if isinstance(error, OperationalError) and any(words in str(error) for words in _SQLITE_WORDS):
        return True
    if _has_label(error, _MONGODB_UNKNOWN):
        return False
    conflict = any(getattr(cause, "sqlstate", None) in _SQLSTATES for cause in _causes(error))
    return conflict or _has_label(error, _MONGODB_CONFLICT)


def _has_label(error: BaseException, label: str) -> bool:
    """Whether the driver of MongoDB gave the error this label."""
    return any(hasattr(cause, "has_error_label") and cause.has_error_label(label) for cause in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it was raised from, as long as it is about the database."""
    for _ in range(8):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
