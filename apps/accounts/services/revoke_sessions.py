"""End sessions: their refresh tokens at once, their access tokens in every context within seconds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from apps.accounts.models import Session
from shop import clock
from shop.db import in_transaction, transact
from shop.events import publish
from shop.identity import revocation
from shop.identity.events import SessionsRevoked
from shop.identity.tokens import LIFE

BATCH = 100
SLACK = LIFE * 2
"""A session that was not used for longer has no access token that is still good, whatever the clocks say."""


def revoke_sessions(user_id: UUID, except_session: UUID | None = None, reason: str = "logged_out") -> int:
    """End all sessions of this person but one; how many there were. Joins the open transaction of accounts, if any."""
    rows = Session.objects.filter(user_id=user_id, ends_at__gt=clock.now())
    if except_session is not None:
        rows = rows.exclude(pk=except_session)
    return _in_transaction(lambda: _end(list(rows.order_by("pk")), reason))


def revoke_session(user_id: UUID, session_id: UUID, reason: str = "logged_out") -> int:
    """End one session of this person; 0 when there is none, or none any more."""
    rows = Session.objects.filter(pk=session_id, user_id=user_id, ends_at__gt=clock.now())
    return _in_transaction(lambda: _end(list(rows), reason))


def _in_transaction(work: Callable[[], int]) -> int:
    joined = in_transaction()
    done = transact("accounts", work)
    if done and not joined:
        revocation.forget()  # this process need not wait for its next look
    return done


def _end(sessions: list[Session], reason: str) -> int:
    """Compare-and-set on the reason: of two who end a session one tells of it, whoever looked at the clock first."""
    at = clock.now()
    ended = [
        session
        for session in sessions
        if Session.objects.filter(pk=session.pk, end_reason="").update(ends_at=at, end_reason=reason)
    ]
    for start in range(0, len(recent := [one for one in ended if one.used_at > at - SLACK]), BATCH):
        _tell(recent[start : start + BATCH], reason, at)
    return len(ended)


def _tell(sessions: list[Session], reason: str, at: datetime) -> None:
    ids = tuple(session.pk for session in sessions)
    revocation.record_revoked("accounts", ids)
    publish(SessionsRevoked(sessions[0].user_id, ids, reason, at), key=sessions[0].user_id)
