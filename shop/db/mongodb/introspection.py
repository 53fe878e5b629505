"""What the server says about a collection."""
# mypy: allow-subclassing-any

from __future__ import annotations

from typing import Any

from .private import BackendIntrospection
from .validators import Validator


class DatabaseIntrospection(BackendIntrospection):
    """Knows also the check constraints."""

    def get_constraints(self, cursor: Any, table_name: str) -> dict[str, dict[str, Any]]:
        """Indexes, unique and check constraints by name."""
        constraints: dict[str, dict[str, Any]] = super().get_constraints(cursor, table_name)
        found: dict[str, Any] = next(self.connection.database.list_collections(filter={"name": table_name}), {})
        for name in Validator.parse(found.get("options", {}).get("validator")).checks:
            constraints[name] = {
                "check": True,
                "columns": [],
                "definition": None,
                "foreign_key": None,
                "index": False,
                "orders": [],
                "primary_key": False,
                "type": None,
                "unique": False,
                "options": {},
            }
        return constraints
