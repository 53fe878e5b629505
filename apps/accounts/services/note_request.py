"""Write down what was asked for; a job finds out what it means.

The job is not woken: it comes at its next tick, within a second. Else its work, of which a known address makes more,
would meet the next request of whoever asks, and that one's time would tell.
"""

from __future__ import annotations

from typing import Any

from apps.accounts.models import AccountRequest, normalised_email
from shop.db import transact


def note_request(kind: str, email: str, **facts: Any) -> None:
    """One row and nothing else. No account is looked at here, so the answer's time cannot tell who has one."""
    row = AccountRequest(kind=kind, email=normalised_email(email), **facts)
    transact("accounts", lambda: row.save(force_insert=True))
