"""What a link in a mail proves: that whoever follows it reads the mailbox that it went to."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum
from typing import ClassVar

from django.db import models

from apps.accounts.contracts import CONFIRM_WITHIN, RESET_WITHIN, VERIFY_WITHIN
from shop import clock


class Purpose(StrEnum):
    """What a token is good for, and nothing else."""

    VERIFY = "verify"
    RESET = "reset"
    CHANGE_EMAIL = "change_email"

    @property
    def lifetime(self) -> timedelta:
        """How long a link works."""
        return _LIFETIMES[self]


_LIFETIMES = {
    Purpose.VERIFY: VERIFY_WITHIN,
    Purpose.RESET: RESET_WITHIN,
    Purpose.CHANGE_EMAIL: CONFIRM_WITHIN,
}


class OneTimeToken(models.Model):
    """The one living token of a user and purpose. Only its hash is here; its key is made of the two."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    user_id = models.UUIDField(db_index=True)
    purpose = models.CharField(max_length=32)
    email = models.EmailField(max_length=254)
    token_hash = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="accounts_token_expiry")]

    def __str__(self) -> str:
        return f"{self.purpose} for {self.email}"
