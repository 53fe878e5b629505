"""One login on one device: the family of its refresh tokens."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models

from shop import clock
from shop.db.fields import UUID7Field

from .user import User

IDLE = timedelta(days=30)
"""A session that is not used for so long ends by itself."""
LONGEST = timedelta(days=180)
"""So long a session can be kept alive by using it."""


class Session(models.Model):
    """Alive until `ends_at`; ending it sets that to now. Its id is the `sid` of its access tokens.

    Of its refresh tokens only the hash of the present one and of the one before are kept.
    """

    id = UUID7Field(primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+", db_index=False)
    device = models.CharField(max_length=100)
    user_agent = models.CharField(max_length=300, default="", blank=True)
    client = models.CharField(max_length=64, default="", blank=True)
    """The network that it was last used from: an address without its last part."""
    by_cookie = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    used_at = models.DateTimeField(default=clock.now)
    ends_at = models.DateTimeField()
    end_reason = models.CharField(max_length=40, default="", blank=True)
    generation = models.IntegerField(default=0)
    token_hash = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, default="", blank=True)
    salt = models.CharField(max_length=64, default="", blank=True)
    """With the previous token it makes the present one again, for a client that lost the answer."""
    rotation_key = models.CharField(max_length=64, default="", blank=True)
    """The hash of the Idempotency-Key of the last rotation."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "ends_at"], name="accounts_session_user"),
            models.Index(fields=["user", "id"], name="accounts_session_list"),
            models.Index(fields=["ends_at"], name="accounts_session_end"),
        ]

    def __str__(self) -> str:
        return f"{self.device} of {self.user_id}"

    @property
    def is_alive(self) -> bool:
        """Whether its present refresh token is good."""
        return self.ends_at > clock.now()

    def end_after(self, at: datetime) -> datetime:
        """When it ends if it is used at this time and then no more."""
        return min(at + IDLE, self.created_at + LONGEST)
