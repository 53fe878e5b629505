"""Accounts' tables."""

from __future__ import annotations

from .user import User, UserManager, normalised_email

__all__ = ["User", "UserManager", "normalised_email"]
