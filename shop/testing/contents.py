"""Everything that the databases of this process hold, as one text: to show that something is nowhere."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import connections


def contents() -> str:
    """Every row of every table of every database, also of tables that no model speaks of."""
    lines: list[str] = []
    for alias in settings.DATABASES:
        connection: Any = connections[alias]
        if connection.vendor == "mongodb":
            for name in connection.database.list_collection_names():
                lines += [f"{alias}.{name}: {row}" for row in connection.database[name].find()]
        elif connection.vendor != "unknown":
            lines += _of_sql(alias, connection)
    return "\n".join(lines)


def _of_sql(alias: str, connection: Any) -> list[str]:
    lines = []
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(name)}")
            lines += [f"{alias}.{name}: {row}" for row in cursor.fetchall()]
    return lines
