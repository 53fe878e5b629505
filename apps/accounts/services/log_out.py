"""End the session of a refresh token, for a client whose access token has expired."""

from __future__ import annotations

from apps.accounts.models import Session

from .refresh_tokens import read_token
from .revoke_sessions import revoke_session


def log_out(text: str) -> None:
    """Only its present token and the one before end a session; nothing tells whether one did."""
    token = read_token(text)
    session = Session.objects.filter(pk=token.session_id).first() if token is not None else None
    if token is not None and session is not None and token.hash in (session.token_hash, session.previous_hash):
        revoke_session(session.user_id, session.pk)
