"""A new pair of tokens for a refresh token, which is good for one use.

Who uses it a second time is a thief or was robbed, and nobody can say which: the whole family ends and its owner is
told by mail. Three repeats are no second use, since they get what the first use got and nothing more, and only until
that has been used itself:
- requests that were under way together (the loser of the compare-and-set answers as the winner does);
- the same Idempotency-Key within RETRY, for a client that lost the answer;
- the cookie of a browser within TABS, since its tabs share one jar and refresh at the same moment.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from apps.accounts import queries
from apps.accounts.contracts import RefreshTokenReused, SessionOver
from apps.accounts.models import Session, User
from shop import clock
from shop.db import transact
from shop.events import publish
from shop.identity import revocation
from shop.identity.tokens import issue_access_token

from .issue_session import Tokens
from .refresh_tokens import RefreshToken, hash_of_key, new_salt, next_token, read_token
from .revoke_sessions import revoke_session

audit = logging.getLogger("shop.audit")

RETRY = timedelta(minutes=2)
TABS = timedelta(seconds=10)
REUSED = "refresh_token_reused"


def refresh_session(text: str, *, client: str, key: str = "", by_cookie: bool = False) -> Tokens:
    """The next pair. SessionOver for every token that is not the present one of a living session."""
    token = read_token(text)
    session = None if token is None else _living(token)
    if token is None or session is None:
        raise SessionOver
    user = User.objects.filter(pk=session.user_id).first()
    if user is None or not user.is_active:
        raise SessionOver
    was_present = session.token_hash == token.hash
    if was_present and (rotated := _rotate(session, token, client, key)):
        return _answer(user, session, rotated)
    now = _living(token)  # as it is after whoever was faster
    if now is None:
        raise SessionOver
    if now.previous_hash == token.hash and (was_present or _is_repeat(now, key, by_cookie=by_cookie)):
        return _answer(user, now, next_token(token, now.salt))
    if token.ours and token.generation <= now.generation:
        _end_family(user, now)
    raise SessionOver


def _living(token: RefreshToken) -> Session | None:
    return Session.objects.filter(pk=token.session_id, ends_at__gt=clock.now()).first()


def _rotate(session: Session, token: RefreshToken, client: str, key: str) -> RefreshToken | None:
    """Compare-and-set on the hash of the token: of many at once, one does it. Never a session that was ended meanwhile.

    By its reason: its end may be later than `at`, which is from before.
    """
    at, salt = clock.now(), new_salt()
    successor = next_token(token, salt)
    rows = Session.objects.filter(pk=session.pk, token_hash=token.hash, end_reason="", ends_at__gt=at)
    changes = {
        "token_hash": successor.hash,
        "previous_hash": token.hash,
        "salt": salt,
        "rotation_key": hash_of_key(key),
        "generation": successor.generation,
        "client": client,
        "used_at": at,
        "ends_at": session.end_after(at),
    }
    return successor if transact("accounts", lambda: rows.update(**changes)) else None


def _is_repeat(session: Session, key: str, *, by_cookie: bool) -> bool:
    age = clock.now() - session.used_at
    same_key = bool(key) and session.rotation_key == hash_of_key(key)
    return (same_key and age <= RETRY) or (by_cookie and session.by_cookie and age <= TABS)


def _answer(user: User, session: Session, token: RefreshToken) -> Tokens:
    return Tokens(session, issue_access_token(queries.principal_of(user), session.pk), token.text)


def _end_family(user: User, session: Session) -> None:
    """Once, however many old tokens come in: the one who ends it tells the owner."""
    at = clock.now()

    def work() -> int:
        ended = revoke_session(user.pk, session.pk, REUSED)
        if ended:
            publish(_news(user, session, at), key=user.pk)
        return ended

    if transact("accounts", work):
        revocation.forget()
        audit.warning("refresh token reused", extra={"user_id": str(user.pk), "session_id": str(session.pk)})


def _news(user: User, session: Session, at: datetime) -> RefreshTokenReused:
    return RefreshTokenReused(user.pk, session.pk, user.email, user.language, session.device, at)
