"""Statements that write: whole or not at all, also outside a transaction, as a single SQL statement is."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any, TypeVar

from django.db import DatabaseError
from django.db.models import Model
from pymongo.client_session import ClientSession
from pymongo.errors import PyMongoError

from .errors import is_transient

T = TypeVar("T")
STATEMENT_SECONDS = 5.0


def whole(connection: Any, statement: Callable[[ClientSession | None], T]) -> T:
    """Run a statement that may touch several documents.

    In a transaction it is part of that. Outside, it gets a transaction of its own, repeated on conflicts: MongoDB
    would otherwise leave the first documents changed when a later one is refused.
    """
    from .base import commit  # base imports the compiler's package by name, so it is loaded by now

    if connection.session is not None:
        return statement(connection.session)
    connection.ensure_connection()
    connection.require_replica_set()
    deadline = time.monotonic() + STATEMENT_SECONDS
    while True:
        with connection.start_session() as session:
            connection.session = session
            try:
                answer = statement(session)
                commit(session)
            except (PyMongoError, DatabaseError) as error:
                if not is_transient(error) or time.monotonic() > deadline:
                    raise
            else:
                return answer
            finally:
                connection.session = None
        time.sleep(0.01 * random.random())


def at_most_one(model: type[Model], criteria: Any) -> bool:
    """Does the condition fix a unique column, so that one document at most is meant?"""
    if not isinstance(criteria, dict):
        return False
    if "$and" in criteria and any(at_most_one(model, part) for part in criteria["$and"]):
        return True
    unique = {field.column for field in model._meta.local_concrete_fields if field.unique}  # noqa: SLF001
    return any(column in unique and _is_one_value(value) for column, value in criteria.items())


def _is_one_value(value: Any) -> bool:
    if value is None:
        return False
    if isinstance(value, dict):
        return len(value) == 1 and len(value.get("$in", ())) == 1
    return True
