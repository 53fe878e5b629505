"""Databases: one alias per context, one helper for transactions."""

from __future__ import annotations

from .transactions import alias, forbid_transaction, in_transaction, open_alias, transact

__all__ = ["alias", "forbid_transaction", "in_transaction", "open_alias", "transact"]
