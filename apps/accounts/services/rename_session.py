"""A device gets a name that its owner recognises."""

from __future__ import annotations

from uuid import UUID

from apps.accounts import queries
from apps.accounts.models import Session
from shop import clock
from shop.db import transact


def rename_session(*, user_id: UUID, session_id: UUID, device: str) -> Session:
    """One of their own living sessions, else NotFound."""
    rows = Session.objects.filter(pk=session_id, user_id=user_id, ends_at__gt=clock.now())
    transact("accounts", lambda: rows.update(device=device))
    return queries.get_session(user_id, session_id)
