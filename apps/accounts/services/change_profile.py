"""Change what somebody says of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import F

from apps.accounts.contracts import ProfileChanged
from apps.accounts.models import User
from apps.accounts.queries import get_user
from apps.accounts.rules import language_tag, phone_of_profile
from shop import clock
from shop.db import transact
from shop.events import publish
from shop.http.etags import check_revision

CHECKS = {"phone": phone_of_profile, "language": language_tag}


def change_profile(*, user_id: UUID, changes: Mapping[str, Any], revision: int | None = None) -> User:
    """Replace what `changes` names of name, phone, language and marketing_opt_in. Raises Invalid, StaleMatch."""
    checked = {name: CHECKS[name](value) if name in CHECKS else value for name, value in changes.items()}

    def effect() -> User:
        # First, so that a twin waits for us and sees what we leave.
        User.objects.filter(pk=user_id, is_active=True).update(version=F("version") + 1, **checked)
        user = get_user(user_id)
        check_revision(user.version - 1, revision)
        if "language" in checked:
            publish(ProfileChanged(user.pk, user.language, clock.now()), key=user.pk)
        return user

    return transact("accounts", effect)
