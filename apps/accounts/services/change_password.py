"""Who knows the present password chooses another."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.hashers import make_password

from apps.accounts.contracts import PasswordChanged, WrongPassword
from apps.accounts.models import User
from shop import clock
from shop.db import transact
from shop.events import publish

from .check_password_policy import check_password_policy
from .prove_password import prove_password
from .revoke_sessions import revoke_sessions
from .use_token import void_tokens


def change_password(*, user_id: UUID, session_id: UUID, current_password: str, password: str) -> None:
    """The new password. Every session but this one ends, links on their way are void, and the owner is told by mail."""
    user = prove_password(user_id, current_password)
    check_password_policy(password, email=user.email, name=user.name)
    hashed = make_password(password)

    def work() -> None:
        # Only the password that was proven is replaced: of two changes at once the second is refused.
        if not User.objects.filter(pk=user.pk, password=user.password, is_active=True).update(password=hashed):
            raise WrongPassword
        void_tokens(user.pk)
        revoke_sessions(user.pk, except_session=session_id, reason="password_changed")
        publish(PasswordChanged(user.pk, user.email, user.language, clock.now()), key=user.pk)

    transact("accounts", work)
