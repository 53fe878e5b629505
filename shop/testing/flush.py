"""Empty databases between tests: only tables that hold rows are touched, nothing is dropped or migrated again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connections

KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})
"""Written by migrate, not by tests."""

_tables: dict[str, list[str]] = {}
"""The tables of each alias; they do not change while tests run."""


def flush(aliases: Iterable[str] | None = None) -> None:
    """Leave the databases of these aliases (all by default) as migrate left them."""
    for alias in settings.DATABASES if aliases is None else aliases:
        if not settings.DATABASES[alias].get("ENGINE", "").endswith(".dummy"):
            connection = connections[alias]
            if connection.vendor == "mongodb":
                _flush_mongodb(connection)
            else:
                _flush_sql(connection)


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
    if not tables:
        return
    probe: list[dict[str, Any]] = [{"$limit": 1}, {"$project": {"_id": 0, "table": {"$literal": tables[0]}}}]
    for table in tables[1:]:
        inner = [{"$limit": 1}, {"$project": {"_id": 0, "table": {"$literal": table}}}]
        probe.append({"$unionWith": {"coll": table, "pipeline": inner}})
    for row in list(connection.database[tables[0]].aggregate(probe)):
        connection.database[row["table"]].delete_many({})


def _flush_sql(connection: Any) -> None:
    tables = _tables_of(connection)
    if not tables:
        return
    quote = connection.ops.quote_name
    probe = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(probe)
        if not (full := [name for (name,) in cursor.fetchall()]):
            return
    with connection.constraint_checks_disabled(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f"TRUNCATE {', '.join(map(quote, full))} CASCADE")
        for table in full if connection.vendor != "postgresql" else ():
            cursor.execute(f"DELETE FROM {quote(table)}")
