"""Somebody who knows the password of an address gets a session."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from django.contrib.auth.hashers import check_password, get_hasher, is_password_usable

from apps.accounts.contracts import LockedOut, WrongCredentials
from apps.accounts.hashers import hash_of_nobody, place
from apps.accounts.models import User, normalised_email
from shop.db.keyed import read_one
from shop.identity.lockout import Attempt
from shop.ids import uuid7

from .issue_session import Device, Tokens, issue_session

audit = logging.getLogger("shop.audit")

_LOOKED_AT = ("password", "is_active", "is_staff", "is_superuser", "verified_at")
_COLUMNS = tuple(
    field.attname
    for field in User._meta.concrete_fields  # noqa: SLF001  # Django's public _meta
    if field.attname in {"id", *_LOOKED_AT}
)


def log_in(*, email: str, password: str, device: Device, network: str) -> Tokens:
    """One verification of argon2id whoever it is, and one answer for all who may not; `network` counts the failures."""
    account = {"account": hashlib.sha256(normalised_email(email).encode()).hexdigest()[:12], "client": device.client}
    attempt = Attempt(email, network)
    if wait := attempt.take():
        audit.warning("login locked out", extra=account)
        raise LockedOut("Too many failed logins. Wait, or set a new password by mail.", retry_after=wait)
    try:
        user = _whose_password_it_is(email, password)
    except Exception:
        attempt.is_no_failure()
        raise
    if user is None:
        audit.info("login failed", extra=account)
        raise WrongCredentials("The address or the password is wrong, or the address is not verified yet.")
    attempt.is_success()
    tokens = issue_session(user, device)
    audit.info("login", extra={**account, "user_id": str(user.pk), "session_id": str(tokens.session.pk)})
    return tokens


def _whose_password_it_is(email: str, password: str) -> User | None:
    with place():
        user = read_one(User, _LOOKED_AT, email=normalised_email(email))
        looked_at = user or _nobody()
        usable = is_password_usable(looked_at.password)
        stored = looked_at.password if usable else hash_of_nobody(_hasher())
        right = check_password(password, stored, _rehash(looked_at))
    return user if right and user is not None and _may_log_in(user) else None


def _nobody() -> User:
    """Made for whom there is none, as making the one that there is takes a moment that would tell."""
    row = {**dict.fromkeys(_COLUMNS), "id": uuid7(), "password": hash_of_nobody(_hasher())}
    return User.from_db("accounts", row, [row[name] for name in _COLUMNS])


def _may_log_in(user: User) -> bool:
    """Not before the address is verified: or a new account would show by its login that its address had none."""
    return user.is_active and (user.verified_at is not None or user.is_staff)


def _rehash(user: User) -> Any:
    """The right password of a hash with older parameters is stored again."""

    def store(password: str) -> None:
        user.set_password(password)
        User.objects.filter(pk=user.pk).update(password=user.password)

    return store


def _hasher() -> Any:
    return get_hasher("default")
