"""What this engine can do that the plain backend says it cannot."""
# mypy: allow-subclassing-any

from __future__ import annotations

from .private import BackendFeatures


class DatabaseFeatures(BackendFeatures):
    """Transactions, checks and typed columns are real; savepoints do not exist in MongoDB."""

    minimum_database_version = (6, 0)
    supports_transactions = True
    uses_savepoints = False
    can_rollback_ddl = False
    atomic_transactions = True
    autocommits_when_autocommit_is_off = False
    supports_table_check_constraints = True
    supports_column_check_constraints = True
    supports_nulls_distinct_unique_constraints = True
    # A joined update or delete selects its ids first.
    update_can_self_select = False
