"""Make the token that a link carries to a mailbox."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from apps.accounts.models import OneTimeToken, Purpose
from shop import clock
from shop.ids import derived_id


@dataclass(frozen=True, slots=True)
class Issued:
    """The clear token, which is nowhere in accounts' tables: it goes into the event that asks for the mail."""

    token: str
    expires_at: datetime


def issue_token(*, user_id: UUID, purpose: Purpose, email: str) -> Issued:
    """In the open transaction: a fresh token for the reader of `email`; it replaces the older one of this purpose."""
    clear, at = secrets.token_urlsafe(32), clock.now()
    key = derived_id(user_id, purpose)
    expires_at = at + purpose.lifetime
    values = {"email": email, "token_hash": hash_of(clear), "used_at": None, "expires_at": expires_at, "created_at": at}
    if not OneTimeToken.objects.filter(pk=key).update(**values):
        OneTimeToken(id=key, user_id=user_id, purpose=purpose, **values).save(force_insert=True)
    return Issued(clear, expires_at)


def hash_of(token: str) -> str:
    """What is stored. 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
