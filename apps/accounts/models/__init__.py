"""Accounts' tables."""

from __future__ import annotations

from .account_request import AccountRequest
from .one_time_token import OneTimeToken, Purpose
from .user import User, UserManager, normalised_email

__all__ = ["AccountRequest", "OneTimeToken", "Purpose", "User", "UserManager", "normalised_email"]
