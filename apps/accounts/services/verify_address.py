"""The owner of an address says that it is theirs."""

from __future__ import annotations

from datetime import datetime

from apps.accounts.contracts import AddressVerified, TokenNotValid
from apps.accounts.models import Purpose, User
from shop import clock
from shop.db import transact
from shop.events import publish

from .use_token import use_token


def verify_address(token: str) -> None:
    """The address of the mail that held this token is verified from now on."""

    def work() -> None:
        row, at = use_token(token, Purpose.VERIFY), clock.now()
        user = User.objects.filter(pk=row.user_id, email=row.email, is_active=True).first()
        if user is None:
            raise TokenNotValid
        mark_verified(user, at)

    transact("accounts", work)


def mark_verified(user: User, at: datetime) -> None:
    """In the open transaction: the first proof counts, and is told once."""
    if User.objects.filter(pk=user.pk, verified_at__isnull=True).update(verified_at=at):
        publish(AddressVerified(user.pk, user.email, at), key=user.pk)
