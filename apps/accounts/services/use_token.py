"""Take a token back: once, in time, for its purpose."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from apps.accounts.contracts import TokenNotValid
from apps.accounts.models import OneTimeToken, Purpose
from shop import clock

from .issue_token import hash_of


def find_token(token: str, purpose: Purpose) -> OneTimeToken:
    """The living token's row, which stays unused. TokenNotValid for any other token."""
    row = _living(token, purpose).first()
    if row is None:
        raise TokenNotValid
    return row


def use_token(token: str, purpose: Purpose) -> OneTimeToken:
    """In the open transaction: the token's row, used up by compare-and-set. TokenNotValid for any other token."""
    row = find_token(token, purpose)
    if not _living(token, purpose).update(used_at=clock.now()):
        raise TokenNotValid
    return row


def void_tokens(user_id: UUID) -> None:
    """In the open transaction: no link that this user was sent works any more."""
    OneTimeToken.objects.filter(user_id=user_id).delete()


def _living(token: str, purpose: Purpose) -> QuerySet[OneTimeToken]:
    rows = OneTimeToken.objects.filter(token_hash=hash_of(token), purpose=purpose)
    return rows.filter(used_at__isnull=True, expires_at__gt=clock.now())
