"""Who holds the token of an invitation becomes staff, with a new account or the one that the address has."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError

from apps.accounts.contracts import AddressVerified, TokenNotValid
from apps.accounts.models import Invitation, User
from apps.accounts.rules import Role, may_grant
from shop import clock
from shop.db import transact
from shop.events import publish

from .change_roles import lock_person, write_roles
from .check_password_policy import check_password_policy
from .issue_token import hash_of
from .revoke_sessions import revoke_sessions
from .use_token import void_tokens

State = Invitation.State


def accept_invitation(*, token: str, name: str, password: str) -> User:
    """The member of staff, once per token. An account that the address has already gets the roles beside its own, this
    password and name, and is logged out everywhere: the mailbox is the proof, as when a password was forgotten.

    An invitation ends with the right of its inviter to give its roles. Raises TokenNotValid, Invalid.
    """
    invitation = _open_invitation(token)
    check_password_policy(password, email=invitation.email, name=name)
    hashed = make_password(password)
    try:
        return transact("accounts", lambda: _accept(invitation, name, hashed))
    except IntegrityError:  # somebody registered the address in this very moment
        return transact("accounts", lambda: _accept(invitation, name, hashed))


def _open_invitation(token: str) -> Invitation:
    invitation = Invitation.objects.filter(token_hash=hash_of(token), state=State.OPEN).first()
    if invitation is None or invitation.expires_at <= clock.now():
        raise TokenNotValid
    inviter = User.objects.filter(pk=invitation.invited_by, is_active=True).first()
    if inviter is None or not may_grant(inviter.scopes(), [Role(role) for role in invitation.roles]):
        raise TokenNotValid
    return invitation


def _accept(invitation: Invitation, name: str, hashed: str) -> User:
    now = clock.now()
    known = User.objects.filter(email=invitation.email).first()
    user = known or User(email=invitation.email)
    still_open = Invitation.objects.filter(pk=invitation.pk, state=State.OPEN, expires_at__gt=now)
    if not still_open.update(state=State.ACCEPTED, accepted_by=user.pk, closed_at=now):
        raise TokenNotValid
    if known is None:
        user.save(force_insert=True)
    user = lock_person(user.pk)
    changes = {"password": hashed, "name": name or user.name, "is_active": True, "verified_at": user.verified_at or now}
    User.objects.filter(pk=user.pk).update(**changes)
    roles = set(user.roles())
    write_roles(user, roles, roles | {Role(role) for role in invitation.roles}, by=invitation.invited_by)
    void_tokens(user.pk)
    revoke_sessions(user.pk, reason="password_changed")
    if user.verified_at is None:
        publish(AddressVerified(user.pk, user.email, now), key=str(user.pk))
    return User.objects.get(pk=user.pk)
