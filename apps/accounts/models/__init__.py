"""Accounts' tables."""

from __future__ import annotations

from shop.addresses import normalised_email

from .account_request import AccountRequest
from .address import Address
from .invitation import Invitation
from .one_time_token import OneTimeToken, Purpose
from .role import RoleGrant
from .session import Session
from .user import User, UserManager

__all__ = [
    "AccountRequest",
    "Address",
    "Invitation",
    "OneTimeToken",
    "Purpose",
    "RoleGrant",
    "Session",
    "User",
    "UserManager",
    "normalised_email",
]
