"""Accounts' pages for staff. Every change is a use case of its own: what it refuses is shown as a message."""

from __future__ import annotations

from .addresses import AddressAdmin
from .staff import InvitationAdmin, RoleGrantAdmin
from .users import AccountsUserAdmin

__all__ = ["AccountsUserAdmin", "AddressAdmin", "InvitationAdmin", "RoleGrantAdmin"]
