"""Take a token back: once, in time, for its purpose."""

from __future__ import annotations

from uuid import UUID

from apps.accounts.contracts import TokenNotValid
from apps.accounts.models import OneTimeToken, Purpose
from shop import clock

from .issue_token import hash_of


def use_token(token: str, purpose: Purpose) -> OneTimeToken:
    """In the open transaction: the token's row, used up by compare-and-set. TokenNotValid for any other token."""
    row = OneTimeToken.objects.filter(token_hash=hash_of(token), purpose=purpose).first()
    if row is None:
        raise TokenNotValid
    living = OneTimeToken.objects.filter(
        pk=row.pk, token_hash=row.token_hash, used_at__isnull=True, expires_at__gt=clock.now()
    )
    if not living.update(used_at=clock.now()):
        raise TokenNotValid
    return row


def void_tokens(user_id: UUID) -> None:
    """In the open transaction: no link that this user was sent works any more."""
    OneTimeToken.objects.filter(user_id=user_id).delete()
