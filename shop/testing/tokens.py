"""A valid `Authorization` header for tests, of somebody who needs no row anywhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from shop.identity.tokens import issue_access_token
from shop.ids import uuid7
from shop.principal import Principal


def bearer(
    kind: Literal["customer", "staff"] = "customer", subject: UUID | str | None = None, scopes: Iterable[str] = ()
) -> str:
    """`Bearer <token>` of a session of its own; without a subject of a new person. Never when tests are collected."""
    if "pytest" in sys.modules and "PYTEST_CURRENT_TEST" not in os.environ:
        raise RuntimeError("A token made when tests are collected expires before a long run comes to them")
    principal = Principal(kind, str(subject or uuid7()), frozenset(scopes))
    return f"Bearer {issue_access_token(principal, uuid7())}"
