"""How often a database is asked: statements of one context, BEGIN and COMMIT left out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections
from django.test.utils import CaptureQueriesContext

CONTROL = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")


@contextmanager
def queries_of(context: str) -> Iterator[list[str]]:
    """The statements, filled when the block ends."""
    statements: list[str] = []
    with CaptureQueriesContext(connections[context]) as captured:
        yield statements
    statements += [one["sql"] for one in captured.captured_queries if not one["sql"].startswith(CONTROL)]
