"""A scene that many tests begin with: built once in a process, then put back as the rows that it had left.

Building one by the services is what a test should do, and most of what it costs: seven requests for a mug on sale are
a third of a second on MongoDB, its rows are put back in a hundredth.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from django.conf import UserSettingsHolder, settings
from django.db import connections, transaction

from shop import clock
from shop.testing.flush import full_tables, stored_aliases

P = ParamSpec("P")
R = TypeVar("R")
Rows = dict[str, Any]
"""By table, as its server keeps them."""
_seen: dict[Any, tuple[Any, Rows]] = {}


_anew = 0
"""How many wait for what is new."""


@contextmanager
def built_anew() -> Iterator[None]:
    """Meanwhile all is built: for who follows what changes, since what is put back did so some time ago."""
    global _anew
    _anew += 1
    try:
        yield
    finally:
        _anew -= 1


class OutOfScene(AssertionError):
    """What was built is more than can be put back."""


def scene(alias: str, *, beside: Collection[str] = ()) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """The builder and its answer, from memory where it was called before with the same arguments.

    It may depend on nothing but its arguments, and write nothing but new rows in the database `alias`, which is empty
    but for the tables `beside`. Where others are in use, the clock is moved, or settings are others, it is built as
    ever. Identifiers and times are those of the first building.

    Raises OutOfScene where the builder wrote to other databases, or to the tables `beside`.
    """

    def decorate(build: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(build)
        def told(*args: P.args, **kwargs: P.kwargs) -> R:
            connection = connections[alias]
            before = full_tables(alias)
            if _anew or _is_of_its_own() or connection.vendor not in _COPIES or not before <= set(beside):
                return build(*args, **kwargs)
            key = (build, repr(args), repr(sorted(kwargs.items())), before)
            if key not in _seen:
                _seen[key] = _build(connection, before, lambda: build(*args, **kwargs))
                return _seen[key][0]  # type: ignore[no-any-return]
            answer, rows = _seen[key]
            _put_back(connection, rows)
            return answer  # type: ignore[no-any-return]

        return told

    return decorate


def _is_of_its_own() -> bool:
    """Whether this test has another time or other settings than the rest."""
    return clock.is_moved() or isinstance(settings._wrapped, UserSettingsHolder)  # noqa: SLF001  # no other way to know


def _build(connection: Any, before: frozenset[str], build: Callable[[], Any]) -> tuple[Any, Rows]:
    others = [alias for alias in stored_aliases() if alias != connection.alias]
    kept = [{table: _read(connection, table) for table in before}, [full_tables(alias) for alias in others]]
    answer = build()
    fresh = {table: _read(connection, table) for table in full_tables(connection.alias) - before}
    if kept != [{table: _read(connection, table) for table in before}, [full_tables(alias) for alias in others]]:
        raise OutOfScene(f"More than new tables of {connection.alias} were written.")
    return answer, fresh


def _read(connection: Any, table: str) -> Any:
    return _COPIES[connection.vendor][0](connection, table)


def _put_back(connection: Any, rows: Rows) -> None:
    with transaction.atomic(connection.alias):  # SQL compares references when it ends
        for table, some in rows.items():
            _COPIES[connection.vendor][1](connection, table, some)


def _read_sqlite(connection: Any, table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "{table}" LIMIT 0')
        columns = [column[0] for column in cursor.description]
        bare = ", ".join(f'+"{name}"' for name in columns)  # as they are stored: a sum has no type to be converted to
        cursor.execute(f'SELECT {bare} FROM "{table}"')
        return [tuple(columns), *cursor.fetchall()]


def _write_sqlite(connection: Any, table: str, rows: list[tuple[Any, ...]]) -> None:
    names, *values = rows
    columns, places = ", ".join(f'"{name}"' for name in names), ", ".join(["%s"] * len(names))
    with connection.cursor() as cursor:
        cursor.executemany(f'INSERT INTO "{table}" ({columns}) VALUES ({places})', values)


def _read_mongodb(connection: Any, table: str) -> list[Any]:
    from bson.codec_options import CodecOptions
    from bson.raw_bson import RawBSONDocument

    raw = CodecOptions(document_class=RawBSONDocument)
    return list(connection.database[table].with_options(codec_options=raw).find())


def _write_mongodb(connection: Any, table: str, rows: list[Any]) -> None:
    connection.database[table].insert_many(rows, session=connection.session)


_COPIES: dict[str, tuple[Callable[..., Any], Callable[..., None]]] = {
    "sqlite": (_read_sqlite, _write_sqlite),
    "mongodb": (_read_mongodb, _write_mongodb),
}
