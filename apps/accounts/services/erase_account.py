"""Erase an account whose days of grace are over, with all that hangs on it in this context."""

from __future__ import annotations

from apps.accounts.contracts import AccountDeleted
from apps.accounts.models import AccountRequest, Invitation, OneTimeToken, User
from shop import clock
from shop.db import transact
from shop.events import publish
from shop.identity import revocation

from .revoke_sessions import revoke_sessions


def erase_account(user: User) -> bool:
    """Remove the user, their addresses, sessions, links and invitations, and tell the other contexts.

    Who has logged in during the days of grace is logged out, as their access token would outlive them. False if the
    owner has taken the wish back, or has become staff, meanwhile.
    """

    def effect() -> bool:
        due = User.objects.filter(pk=user.pk, erase_at__lte=clock.now(), is_staff=False)
        if not due.update(is_active=False):
            return False
        gone = User.objects.get(pk=user.pk)  # as they are now: the address may be another since `user` was read
        revoke_sessions(gone.pk, reason="erased")
        OneTimeToken.objects.filter(user_id=gone.pk).delete()
        AccountRequest.objects.filter(email=gone.email).delete()
        Invitation.objects.filter(email=gone.email).delete()
        publish(AccountDeleted(gone.pk, gone.email), key=str(gone.pk))
        gone.delete()  # and what refers to it: addresses, sessions, roles
        return True

    erased = transact("accounts", effect)
    if erased:
        revocation.forget()
    return erased
