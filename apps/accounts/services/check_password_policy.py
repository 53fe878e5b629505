"""What a password must be like."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from apps.accounts.models import User
from shop.errors import FieldError, Invalid


def check_password_policy(password: str, *, email: str = "", name: str = "") -> None:
    """Refuse a weak one, told at /password. It is held against what the caller has said, never against a stored row."""
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        errors = (FieldError("/password", one.code or "invalid", one.messages[0]) for one in error.error_list)
        raise Invalid("This password is too weak: see errors.", errors=tuple(errors)) from None
