"""Log somebody in whose identity is proven: a session and its first pair of tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import IntegrityError

from apps.accounts import queries
from apps.accounts.contracts import WrongCredentials
from apps.accounts.models import Session, User
from shop import clock
from shop.db.bulk import insert, new
from shop.db.keyed import change_one
from shop.identity.tokens import LIFE, issue_access_token
from shop.ids import uuid7

from .refresh_tokens import first_token

CHANGED = "The account has changed at this moment: try again."


@dataclass(frozen=True, slots=True)
class Device:
    """From where somebody logs in, as its owner will see it in the list of devices."""

    name: str
    user_agent: str = ""
    client: str = ""
    by_cookie: bool = False


@dataclass(frozen=True, slots=True)
class Tokens:
    """A pair of tokens. The refresh token is shown this once."""

    session: Session
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int = int(LIFE.total_seconds())


def issue_session(user: User, device: Device) -> Tokens:
    """A new session of this person; whoever calls this has made sure who it is and that they may log in.

    WrongCredentials when the password was changed or the account blocked or erased meanwhile: that has ended all
    sessions, and this one must not be born after them.
    """
    at, key = clock.now(), uuid7()
    token = first_token(key)
    session = new(
        Session,
        id=key,
        user_id=user.pk,
        device=device.name[:100],
        user_agent=device.user_agent[:300],
        client=device.client,
        by_cookie=device.by_cookie,
        created_at=at,
        used_at=at,
        token_hash=token.hash,
    )
    session.ends_at = session.end_after(at)
    principal = queries.principal_of(user)

    # The session first: a change of password that commits before the update makes it miss, one that commits after it
    # has met the session and ended it. Should we die between the two, nobody ever gets to know this session's token.
    try:
        insert(Session, [session])  # a third of what save() costs
    except IntegrityError:  # the person was erased, and the engine has foreign keys
        raise WrongCredentials(CHANGED) from None
    unchanged = {"pk": user.pk, "password": user.password, "is_active": True}
    if not change_one(User, unchanged, last_login=at):
        Session.objects.filter(pk=key).delete()
        raise WrongCredentials(CHANGED)
    return Tokens(session, issue_access_token(principal, key), token.text)
