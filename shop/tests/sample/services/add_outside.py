"""A command that owns its transactions."""

from __future__ import annotations

from uuid import UUID

from shop.db import forbid_transaction, transact
from shop.tests.sample.contracts import Count
from shop.tests.sample.services.add import add


def add_outside(*, key: UUID, name: str) -> Count:
    forbid_transaction("the rest of the world")
    return transact("sample", lambda: add(key=key, name=name))
