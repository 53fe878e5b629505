"""Find out what a request means and do it. Nobody waits for this, so nobody can tell by its time who is known."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings

from apps.accounts.contracts import (
    EmailChangeAsked,
    EmailConfirmationAsked,
    KnownAddressTried,
    PasswordResetAsked,
    UserRegistered,
    VerificationAsked,
)
from apps.accounts.models import AccountRequest, Purpose, User
from shop import clock
from shop.db import transact
from shop.events import publish

from .issue_token import issue_token

logger = logging.getLogger(__name__)

LAST_ATTEMPT = 8


def handle_account_request(request: AccountRequest) -> bool:
    """Once, in one transaction with the request's end. False if another worker has done it, or it must wait."""

    def work() -> bool:
        if not AccountRequest.objects.filter(pk=request.pk).delete()[0]:
            return False
        _HANDLERS[request.kind](request)
        return True

    try:
        return transact("accounts", work)
    except Exception:
        logger.exception("%s could not be handled (attempt %s)", request, request.attempts + 1)
        return _put_off(request)


def _put_off(request: AccountRequest) -> bool:
    """Somebody may have registered the same address just now: then the next attempt finds the account."""
    rows = AccountRequest.objects.filter(pk=request.pk)
    if request.attempts + 1 >= LAST_ATTEMPT:
        transact("accounts", rows.delete)
        return False
    due = clock.now() + timedelta(seconds=settings.SHOP_BACKOFF_SECONDS * 2**request.attempts)
    transact("accounts", lambda: rows.update(attempts=request.attempts + 1, due=due))
    return False


def _register(request: AccountRequest) -> None:
    known = _user_of(request.email)
    if known is not None:
        _tell_owner(known)
        return
    user = User(
        email=request.email, name=request.name, language=request.language, password=request.password, verified_at=None
    )
    user.save(force_insert=True)
    told = UserRegistered(user.pk, user.email, user.language, registered_at=user.created_at)
    publish(told, key=user.pk)
    _ask_to_verify(user)


def _resend(request: AccountRequest) -> None:
    user = _user_of(request.email)
    if user is not None and user.is_active and user.verified_at is None:
        _ask_to_verify(user)


def _forgot(request: AccountRequest) -> None:
    user = _user_of(request.email)
    if user is not None and user.is_active:
        issued = issue_token(user_id=user.pk, purpose=Purpose.RESET, email=user.email)
        at = clock.now()
        event = PasswordResetAsked(user.pk, user.email, user.language, issued.token, at, issued.expires_at)
        publish(event, key=user.pk)


def _change_email(request: AccountRequest) -> None:
    user = User.objects.filter(pk=request.user_id, is_active=True).first() if request.user_id else None
    if user is None or user.email == request.email:
        return
    at = clock.now()
    # In every case: or whoever asks for a stranger's address would see by this mail whether it has an account.
    publish(EmailChangeAsked(user.pk, user.email, request.email, user.language, at), key=user.pk)
    owner = _user_of(request.email)
    if owner is not None:
        _tell_owner(owner)
        return
    issued = issue_token(user_id=user.pk, purpose=Purpose.CHANGE_EMAIL, email=request.email)
    event = EmailConfirmationAsked(user.pk, request.email, user.language, issued.token, at, issued.expires_at)
    publish(event, key=user.pk)


def _ask_to_verify(user: User) -> None:
    issued = issue_token(user_id=user.pk, purpose=Purpose.VERIFY, email=user.email)
    event = VerificationAsked(user.pk, user.email, user.language, issued.token, clock.now(), issued.expires_at)
    publish(event, key=user.pk)


def _tell_owner(owner: User) -> None:
    """By mail alone. A blocked account is not opened by this."""
    if owner.is_active:
        issued = issue_token(user_id=owner.pk, purpose=Purpose.RESET, email=owner.email)
        event = KnownAddressTried(owner.pk, owner.email, owner.language, issued.token, clock.now(), issued.expires_at)
        publish(event, key=owner.pk)


def _user_of(email: str) -> User | None:
    return User.objects.filter(email=email).first()


_HANDLERS: dict[str, Callable[[AccountRequest], None]] = {
    AccountRequest.REGISTER: _register,
    AccountRequest.RESEND: _resend,
    AccountRequest.FORGOT: _forgot,
    AccountRequest.CHANGE_EMAIL: _change_email,
}
