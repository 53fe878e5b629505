"""Somebody wants an account."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.hashers import make_password

from apps.accounts.models import AccountRequest

from .check_password_policy import check_password_policy
from .note_request import note_request


def ask_to_register(*, email: str, password: str, name: str, language: str, allow: Callable[[], None]) -> None:
    """One hash and one row, whoever the address belongs to; a mail to it says how to go on.

    `allow` is asked before that, when nothing is wrong with what was said; it raises if there were too many.
    """
    check_password_policy(password, email=email, name=name)
    allow()
    note_request(AccountRequest.REGISTER, email, name=name, language=language, password=make_password(password))
