"""People with a password and sessions, for tests."""

from __future__ import annotations

from typing import Any

from apps.accounts.models import User
from apps.accounts.services.issue_session import Device, Tokens, issue_session

from .people import make_person

PASSWORD = "a-good-password"
PHONE = Device("Phone", user_agent="Mozilla/5.0 (Phone)", client="192.0.2.0/24")


def with_password(email: str = "ada@example.com", **fields: Any) -> User:
    """A verified customer with PASSWORD."""
    user = make_person(email, **fields)
    user.set_password(PASSWORD)
    user.save()
    return user


def logged_in(user: User | None = None, device: Device = PHONE) -> Tokens:
    """A session of this person, or of a new one."""
    return issue_session(user or make_person(), device)
