"""What accounts does by itself: look at what was asked for; forget links, sessions and accounts that have ended."""

from __future__ import annotations

from datetime import timedelta

from shop import clock
from shop.jobs import job

from .models import AccountRequest, OneTimeToken, User
from .services.erase_account import erase_account
from .services.handle_account_request import handle_account_request
from .services.purge_sessions import purge_sessions

BATCH = 50


@job(every=timedelta(seconds=1), batch=BATCH)
def handle_account_requests() -> int:
    """Registrations and wishes for links whose time has come; why it is not woken, see note_request."""
    rows = AccountRequest.objects.filter(due__lte=clock.now()).order_by("due", "id")[:BATCH]
    return sum(handle_account_request(row) for row in rows)


@job(every=timedelta(hours=1))
def forget_ended_tokens() -> int:
    """Tokens that nobody can use any more."""
    return OneTimeToken.objects.filter(expires_at__lt=clock.now()).delete()[0]


@job(every=timedelta(minutes=10), batch=BATCH)
def forget_ended_sessions() -> int:
    """Devices that were logged out, or not used for long."""
    return purge_sessions(limit=BATCH)


@job(every=timedelta(minutes=1), batch=BATCH)
def erase_accounts() -> int:
    """Accounts whose days of grace are over."""
    due = User.objects.filter(erase_at__lte=clock.now()).order_by("erase_at")[:BATCH]
    return sum(erase_account(user) for user in due)
