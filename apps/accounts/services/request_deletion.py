"""Somebody wants their account erased: first their sessions end, after some days of grace the account does."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F

from apps.accounts.contracts import DeletionRequested, StaffAccount
from apps.accounts.models import User
from apps.accounts.queries import get_user
from shop import clock
from shop.db import transact
from shop.events import publish

from .prove_password import prove_password
from .revoke_sessions import revoke_sessions


def request_deletion(*, user_id: UUID, current_password: str) -> datetime:
    """When the account will be erased. All sessions end; a later login does not take the wish back (keep_account does).

    Repeating it changes nothing of the date. Raises WrongPassword, StaffAccount, NotAuthenticated (gone meanwhile).
    """
    user = prove_password(user_id, current_password)
    at = clock.now() + timedelta(days=settings.ACCOUNT_GRACE_DAYS)

    def effect() -> datetime:
        mine = User.objects.filter(pk=user.pk, is_active=True)
        if mine.filter(is_staff=False, erase_at__isnull=True).update(erase_at=at, version=F("version") + 1):
            publish(DeletionRequested(user.pk, user.email, user.language, at), key=str(user.pk))
        revoke_sessions(user.pk, reason="deletion_requested")
        present = get_user(user.pk).erase_at
        if present is None:
            raise StaffAccount("An admin must take your roles from you first.")
        return present

    return transact("accounts", effect)
