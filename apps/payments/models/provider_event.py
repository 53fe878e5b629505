"""What the provider told us, as it came."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from shop import clock


class ProviderEvent(models.Model):
    """One webhook, kept as it came; its primary key is the provider's id, so a repeat is no news."""

    PENDING = "pending"
    HANDLED = "handled"
    DEAD = "dead"

    id = models.CharField(primary_key=True, db_column="_id", max_length=255)
    provider = models.CharField(max_length=20, default="stripe")
    type = models.CharField(max_length=100)
    reference = models.CharField(max_length=255, blank=True, default="", db_index=True)
    """The provider's id of the object that it tells of."""
    intent_reference = models.CharField(max_length=255, blank=True, default="", db_index=True)
    payload = models.TextField()
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField(default=clock.now)
    status = models.CharField(
        max_length=8, choices=[(PENDING, PENDING), (HANDLED, HANDLED), (DEAD, DEAD)], default=PENDING
    )
    handled_at = models.DateTimeField(null=True, blank=True)
    due = models.DateTimeField(default=clock.now)
    attempts = models.PositiveIntegerField(default=0)
    note = models.CharField(max_length=500, blank=True, default="")
    """What handling it came to, or why it failed last."""

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "due"], name="payments_event_due"),
            models.Index(fields=["-received_at", "-id"], name="payments_event_newest"),
            models.Index(fields=["status", "-received_at", "-id"], name="payments_event_of_status"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.type}"
