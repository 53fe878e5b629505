"""Somebody wants the link that verifies their address, or the one that resets their password."""

from __future__ import annotations

from apps.accounts.models import AccountRequest

from .note_request import note_request


def ask_for_verification(*, email: str) -> None:
    """A fresh link, if the address has an account that is not verified yet; only its mailbox learns which."""
    note_request(AccountRequest.RESEND, email)


def ask_for_reset(*, email: str) -> None:
    """A link, if the address has an account; only its mailbox learns which."""
    note_request(AccountRequest.FORGOT, email)
