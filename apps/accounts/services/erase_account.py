"""Erase an account whose days of grace are over, with all that hangs on it in this context."""

from __future__ import annotations

from apps.accounts.contracts import AccountDeleted
from apps.accounts.models import AccountRequest, Invitation, OneTimeToken, User
from shop import clock
from shop.db import transact
from shop.events import publish


def erase_account(user: User) -> bool:
    """Remove the user, their addresses, sessions, links and invitations, and tell the other contexts.

    False if the owner has taken the wish back, or has become staff, meanwhile.
    """

    def effect() -> bool:
        due = User.objects.filter(pk=user.pk, erase_at__lte=clock.now(), is_staff=False)
        if not due.update(is_active=False):
            return False
        OneTimeToken.objects.filter(user_id=user.pk).delete()
        AccountRequest.objects.filter(email=user.email).delete()
        Invitation.objects.filter(email=user.email).delete()
        User.objects.get(pk=user.pk).delete()  # and what refers to it: addresses, sessions, roles
        publish(AccountDeleted(user.pk, user.email), key=str(user.pk))
        return True

    return transact("accounts", effect)
