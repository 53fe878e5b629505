"""Which roles a member of staff has; what a role may do is data in rules.py."""

from __future__ import annotations

from django.db import models

from apps.accounts.rules import Role
from shop import clock
from shop.db.fields import UUID7Field

from .user import User


class RoleGrant(models.Model):
    """One role of one person. Written by services/change_roles.py, which keeps `is_staff` and `is_superuser` true."""

    id = UUID7Field(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants", db_index=False)
    role = models.CharField(max_length=20, choices=[(role.value, role.value) for role in Role])
    granted_by = models.CharField(max_length=80)
    granted_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="role_once_per_user", fields=["user", "role"]),
            models.CheckConstraint(name="role_known", condition=models.Q(role__in=[role.value for role in Role])),
        ]

    def __str__(self) -> str:
        return self.role
