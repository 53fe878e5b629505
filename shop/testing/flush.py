"""Empty databases between tests: only tables that hold rows are touched, nothing is dropped or migrated again.

On SQL one query finds those; MongoDB would read each collection for it, so there the driver tells what was written.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})
"""Written by migrate, not by tests."""

WRITES = frozenset({"insert", "update", "findAndModify"})
"""The commands of MongoDB that make rows."""
_written: set[tuple[str, str]] | None = None
"""(database, collection) that this process wrote to since the last flush; None when nobody listens."""
_tables: dict[str, list[str]] = {}
"""The tables of each alias; they do not change while tests run."""


def listen() -> None:
    """From now on note what this process writes to MongoDB; call it before the first client is made."""
    global _written
    from pymongo.monitoring import CommandListener, CommandStartedEvent, register

    written: set[tuple[str, str]] = set()

    class Listener(CommandListener):
        def started(self, event: CommandStartedEvent) -> None:
            if event.command_name in WRITES:
                written.add((event.database_name, event.command[event.command_name]))

        def succeeded(self, event: object) -> None:
            pass

        failed = succeeded

    register(Listener())
    _written = written


def stored_aliases() -> list[str]:
    """The databases that there are."""
    return [alias for alias, entry in settings.DATABASES.items() if not entry.get("ENGINE", "").endswith(".dummy")]


def flush(aliases: Iterable[str] | None = None) -> None:
    """Leave the databases of these aliases (all by default) as migrate left them."""
    for alias in stored_aliases() if aliases is None else aliases:
        connection = connections[alias]
        if connection.vendor == "mongodb":
            _flush_mongodb(connection)
        else:
            _flush_sql(connection)


def full_tables(alias: str) -> frozenset[str]:
    """The tables that hold rows, of which migrate wrote none; on MongoDB those that were written since the flush."""
    connection = connections[alias]
    tables = _tables_of(connection)
    if connection.vendor != "mongodb":
        return frozenset(_full_of_sql(connection, tables))
    if _written is None:
        return frozenset(_full_of(connection, tables))
    name = connection.settings_dict["NAME"]
    return frozenset(table for table in tables if (name, table) in _written)


def left() -> list[str]:
    """Tables of MongoDB that hold rows although all was flushed: somebody writes where nobody listens."""
    found = [
        f"{alias}.{table}"
        for alias in stored_aliases()
        if connections[alias].vendor == "mongodb"
        for table in _full_of(connections[alias], _tables_of(connections[alias]))
    ]
    return sorted(found)


def _tables_of(connection: Any) -> list[str]:
    if connection.alias not in _tables:
        names = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}  # noqa: SLF001
        if connection.vendor == "mongodb":
            present = set(connection.database.list_collection_names())
        else:
            present = set(connection.introspection.table_names())
        _tables[connection.alias] = sorted(names & present - KEPT)
    return _tables[connection.alias]


def _flush_mongodb(connection: Any) -> None:
    tables = _tables_of(connection)
    for table in _full_of(connection, tables) if _written is None else _written_to(connection, tables):
        connection.database[table].delete_many({})


def _written_to(connection: Any, tables: list[str]) -> list[str]:
    assert _written is not None
    name = connection.database.name
    mine = [table for table in tables if (name, table) in _written]
    _written.difference_update((name, table) for table in mine)
    return mine


def _full_of(connection: Any, tables: list[str]) -> list[str]:
    if not tables:
        return []
    probe: list[dict[str, Any]] = [{"$limit": 1}, {"$project": {"_id": 0, "table": {"$literal": tables[0]}}}]
    for table in tables[1:]:
        inner = [{"$limit": 1}, {"$project": {"_id": 0, "table": {"$literal": table}}}]
        probe.append({"$unionWith": {"coll": table, "pipeline": inner}})
    return [row["table"] for row in connection.database[tables[0]].aggregate(probe)]


def _full_of_sql(connection: Any, tables: list[str]) -> list[str]:
    if not tables:
        return []
    quote = connection.ops.quote_name
    probe = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(probe)
        return [name for (name,) in cursor.fetchall()]


def _flush_sql(connection: Any) -> None:
    if not (full := _full_of_sql(connection, _tables_of(connection))):
        return
    quote = connection.ops.quote_name
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(map(quote, full))} CASCADE")
        for table in full if connection.vendor != "postgresql" else ():
            cursor.execute(f"DELETE FROM {quote(table)}")
