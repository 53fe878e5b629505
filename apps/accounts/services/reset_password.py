"""Who reads the account's mailbox chooses a new password."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password

from apps.accounts.contracts import PasswordChanged, TokenNotValid
from apps.accounts.models import Purpose, User
from shop import clock
from shop.db import transact
from shop.events import publish
from shop.identity.lockout import forgive

from .check_password_policy import check_password_policy
from .revoke_sessions import revoke_sessions
from .use_token import find_token, use_token, void_tokens
from .verify_address import mark_verified


def reset_password(*, token: str, password: str) -> None:
    """The new password, once per link. Every session ends, and the address is verified, since its reader was here."""
    check_password_policy(password, email=find_token(token, Purpose.RESET).email)
    hashed = make_password(password)

    def work() -> User:
        row, at = use_token(token, Purpose.RESET), clock.now()
        user = User.objects.filter(pk=row.user_id, email=row.email, is_active=True).first()
        if user is None:
            raise TokenNotValid
        User.objects.filter(pk=user.pk).update(password=hashed)
        mark_verified(user, at)
        void_tokens(user.pk)
        revoke_sessions(user.pk, reason="password_reset")
        publish(PasswordChanged(user.pk, user.email, user.language, at), key=user.pk)
        return user

    forgive(transact("accounts", work).email)
