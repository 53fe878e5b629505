"""Take back the wish to have one's account erased."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from apps.accounts.models import User
from apps.accounts.queries import get_user
from shop.db import transact


def keep_account(*, user_id: UUID) -> User:
    """The account stays; without such a wish nothing changes."""
    mine = User.objects.filter(pk=user_id, is_active=True, erase_at__isnull=False)
    transact("accounts", lambda: mine.update(erase_at=None, version=F("version") + 1))
    return get_user(user_id)
