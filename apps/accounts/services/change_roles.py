"""Give somebody exactly these roles."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import F

from apps.accounts.contracts import LastAdmin, PersonNotFound, RoleBeyondYours
from apps.accounts.models import RoleGrant, User
from apps.accounts.queries import get_user
from apps.accounts.rules import Role, may_grant
from shop.db import transact
from shop.http.etags import check_revision

from .revoke_sessions import revoke_sessions


def change_roles(*, user_id: UUID, roles: Collection[Role], by: UUID, revision: int | None = None) -> User:
    """Exactly `roles`; none makes a customer of them. Taken ones are gone everywhere within seconds, as their sessions
    end; given ones come with the next refresh. Roles that `by` could not have given stay as they are.

    Raises PersonNotFound, StaleMatch, RoleBeyondYours, LastAdmin.
    """

    def effect() -> User:
        user = lock_person(user_id)
        check_revision(user.version - 1, revision)
        before, after = set(user.roles()), set(roles)
        check_may_grant(by, before ^ after)
        if Role.ADMIN in before - after:
            keep_an_admin(but=user_id)
        write_roles(user, before, after, by=by)
        if before - after:
            revoke_sessions(user_id, reason="roles_changed")
        return User.objects.get(pk=user_id)

    return transact("accounts", effect)


def lock_person(user_id: UUID) -> User:
    """The person as they are now, and nobody else changes their roles until the commit."""
    if not User.objects.filter(pk=user_id).update(version=F("version") + 1):
        raise PersonNotFound("There is nobody with this id.")
    return User.objects.get(pk=user_id)


def check_may_grant(by: UUID, roles: Collection[Role]) -> None:
    """RoleBeyondYours unless `by` may do all that these roles may."""
    if not may_grant(get_user(by).scopes(), roles):
        raise RoleBeyondYours("You may not give or take all of these roles.", roles=sorted(roles))


def keep_an_admin(*, but: UUID) -> None:
    """LastAdmin unless another active one is there. That one is held until the commit: of two admins who remove each
    other at the same time one is refused."""
    admins = User.objects.filter(is_staff=True, is_superuser=True, is_active=True)
    for other in admins.exclude(pk=but).order_by("email").values_list("pk", flat=True):
        if admins.filter(pk=other).update(version=F("version") + 1):
            return
    raise LastAdmin("Nobody else could give roles: make another admin first.")


def write_roles(user: User, before: set[Role], after: set[Role], *, by: UUID) -> None:
    """The rows and the two flags that follow from them; staff cannot be waiting to be erased."""
    if gone := before - after:
        RoleGrant.objects.filter(user_id=user.pk, role__in=gone).delete()
    known = set(RoleGrant.objects.filter(user_id=user.pk).values_list("role", flat=True))
    RoleGrant.objects.bulk_create(
        RoleGrant(user_id=user.pk, role=role, granted_by=f"staff:{by}") for role in sorted(after) if role not in known
    )
    flags = {"is_staff": bool(after), "is_superuser": Role.ADMIN in after}
    User.objects.filter(pk=user.pk).update(**flags, **({"erase_at": None} if after else {}))
