"""Somebody wants their account to be known by another address."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from apps.accounts.models import AccountRequest, normalised_email
from shop.errors import FieldError, Invalid

from .note_request import note_request
from .prove_password import prove_password


def ask_for_email_change(*, user_id: UUID, email: str, current_password: str, allow: Callable[[], None]) -> None:
    """Both mailboxes are told, and nothing changes before the new one has confirmed. A later wish replaces this one.

    `allow` is asked when nothing is wrong with what was said; it raises if there were too many.
    """
    user = prove_password(user_id, current_password)
    if normalised_email(email) == user.email:
        error = FieldError("/email", "unchanged", "This is the address that your account has.")
        raise Invalid("Some values are wrong: see errors.", errors=(error,))
    allow()
    note_request(AccountRequest.CHANGE_EMAIL, email, user_id=user.pk)
