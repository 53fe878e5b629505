"""The admin's login: Django's own, under the lockout that all logins are under."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied

from apps.accounts.hashers import place
from apps.accounts.models import User
from shop.http.addresses import address_of, group_of
from shop.identity.lockout import Attempt

audit = logging.getLogger("shop.audit")


class GuardedBackend(ModelBackend):
    """One verification for known and unknown addresses; a lock shows as a login that failed."""

    def authenticate(self, request: Any, username: str | None = None, password: str | None = None, **more: Any) -> Any:
        """The user of this address and password. PermissionDenied, which Django answers as a failure, when locked."""
        if request is None:
            return super().authenticate(request, username, password, **more)
        attempt = Attempt(username or "", group_of(address_of(request)))
        if attempt.take():
            audit.warning("admin login locked out")
            raise PermissionDenied
        try:
            with place():
                user = super().authenticate(request, username, password, **more)
        except Exception:
            attempt.is_no_failure()
            raise
        if isinstance(user, User):
            attempt.is_success()
        audit.info("admin login" if user else "admin login failed", extra={"user_id": str(user.pk) if user else ""})
        return user
