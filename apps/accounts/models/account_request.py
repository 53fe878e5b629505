"""What strangers asked for, written down before anybody looks who they are."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from shop import clock
from shop.db.fields import UUID7Field


class AccountRequest(models.Model):
    """Costs the same for known and unknown addresses, since only a job looks who is known. Gone when handled."""

    REGISTER, RESEND, FORGOT, CHANGE_EMAIL = "register", "resend", "forgot", "change_email"

    id = UUID7Field(primary_key=True)
    kind = models.CharField(max_length=16)
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=200, blank=True, default="")
    language = models.CharField(max_length=12, default="en")
    password = models.CharField(max_length=128, blank=True, default="")
    user_id = models.UUIDField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due", "id"], name="accounts_request_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
