"""Reads of accounts."""

from __future__ import annotations

from .models import RoleGrant, User
from .rules import SCOPES, Role, scopes_of_roles


def roles_of(user: User) -> list[Role]:
    """The roles of one person, one read for staff and none for customers; a superuser is an admin."""
    if not user.is_staff:
        return []
    granted = {Role(role) for role in RoleGrant.objects.filter(user_id=user.pk).values_list("role", flat=True)}
    return sorted(granted | ({Role.ADMIN} if user.is_superuser else set()))


def scopes_of(user: User) -> frozenset[str]:
    """What a token of this person allows now."""
    return SCOPES if user.is_staff and user.is_superuser else scopes_of_roles(roles_of(user))
