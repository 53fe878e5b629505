"""People for tests, and the header that speaks for them."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import RoleGrant, User
from apps.accounts.queries import scopes_of
from apps.accounts.rules import Role
from shop import clock
from shop.testing.tokens import bearer


def make_person(email: str = "ada@example.com", *roles: Role, **fields: Any) -> User:
    """A customer whose address is verified, or staff with these roles."""
    fields = {"is_staff": bool(roles), "is_superuser": Role.ADMIN in roles, "verified_at": clock.now(), **fields}
    user = User.objects.create_user(email, **fields)
    for role in roles:
        RoleGrant(user=user, role=role, granted_by="test").save(force_insert=True)
    return user


def login(user: User) -> dict[str, str]:
    """Headers of a session of theirs."""
    kind = "staff" if user.is_staff else "customer"
    return {"authorization": bearer(kind, user.pk, scopes_of(user))}  # type: ignore[arg-type]
