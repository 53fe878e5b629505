"""Offer roles to an address; the mail holds the only copy of the token."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from uuid import UUID

from apps.accounts.contracts import ACCEPT_WITHIN, StaffInvited
from apps.accounts.models import Invitation
from apps.accounts.queries import get_user
from apps.accounts.rules import Role
from shop import clock
from shop.addresses import normalised_email
from shop.db import transact
from shop.events import publish

from .change_roles import check_may_grant
from .issue_token import hash_of


def invite_staff(*, invitation_id: UUID, email: str, roles: Collection[Role], by: UUID) -> Invitation:
    """An open invitation, mailed; earlier ones to the address are revoked. Repeating it with the id answers what is.

    Raises RoleBeyondYours.
    """
    inviter, token, now = get_user(by), secrets.token_urlsafe(32), clock.now()
    row = Invitation(
        id=invitation_id,
        email=normalised_email(email),
        roles=sorted(roles),
        token_hash=hash_of(token),
        invited_by=by,
        inviter=inviter.get_full_name(),
        created_at=now,
        expires_at=now + ACCEPT_WITHIN,
    )

    def effect() -> Invitation:
        known = Invitation.objects.filter(pk=invitation_id).first()
        if known is not None:
            return known
        check_may_grant(by, roles)
        earlier = Invitation.objects.filter(email=row.email, state=Invitation.State.OPEN)
        earlier.update(state=Invitation.State.REVOKED, closed_at=now)
        row.save(force_insert=True)
        publish(_news(row, token), key=str(row.pk))
        return row

    return transact("accounts", effect)


def _news(row: Invitation, token: str) -> StaffInvited:
    return StaffInvited(
        invitation_id=row.pk,
        email=row.email,
        roles=tuple(row.roles),
        invited_by=row.inviter,
        token=token,
        expires_at=row.expires_at,
    )
