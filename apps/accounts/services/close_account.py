"""Close a person out, or let them in again; nothing of theirs is lost."""

from __future__ import annotations

from uuid import UUID

from apps.accounts.contracts import PersonNotFound
from apps.accounts.models import User
from apps.accounts.rules import Role
from shop.db import transact
from shop.http.etags import check_revision

from .change_roles import check_may_grant, keep_an_admin, lock_person, write_roles
from .revoke_sessions import revoke_sessions


def close_customer(*, user_id: UUID) -> User:
    """The customer cannot log in any more and is logged out everywhere within seconds. Raises PersonNotFound."""
    return _set_active(user_id, active=False)


def open_customer(*, user_id: UUID) -> User:
    """The customer may log in again. Raises PersonNotFound."""
    return _set_active(user_id, active=True)


def close_staff(*, user_id: UUID, by: UUID, revision: int | None = None) -> None:
    """Take all roles from a member of staff, and close the account.

    Raises PersonNotFound, StaleMatch, RoleBeyondYours, LastAdmin.
    """

    def effect() -> None:
        user = lock_person(user_id)
        if not user.is_staff:
            raise PersonNotFound("There is nobody with this id.")
        check_revision(user.version - 1, revision)
        roles = set(user.roles())
        check_may_grant(by, roles)
        if Role.ADMIN in roles:
            keep_an_admin(but=user_id)
        write_roles(user, roles, set(), by=by)
        User.objects.filter(pk=user_id).update(is_active=False)
        revoke_sessions(user_id, reason="blocked")

    transact("accounts", effect)


def _set_active(user_id: UUID, *, active: bool) -> User:
    def effect() -> User:
        user = lock_person(user_id)
        if user.is_staff:
            raise PersonNotFound("There is nobody with this id.")
        User.objects.filter(pk=user_id).update(is_active=active)
        if not active:
            revoke_sessions(user_id, reason="blocked")
        user.refresh_from_db()
        return user

    return transact("accounts", effect)
