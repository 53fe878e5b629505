"""Every message that we send, written before it is sent."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from shop import clock

from .rules import Channel, Kind, Status


class Message(models.Model):
    """One message to one recipient; its key is made of what it is about, its kind and its channel."""

    id = models.UUIDField(primary_key=True, db_column="_id", editable=False)
    kind = models.CharField(max_length=40, choices=[(kind.value, kind.value) for kind in Kind])
    channel = models.CharField(max_length=8, choices=[(channel.value, channel.value) for channel in Channel])
    recipient = models.CharField(max_length=254)
    language = models.CharField(max_length=12, default="en")
    subject = models.CharField(max_length=200, blank=True, default="")
    text = models.TextField()
    html = models.TextField(blank=True, default="")
    secret = models.CharField(max_length=1000, blank=True, default="")
    """The link that stands in the texts as a placeholder; empty again once the message is sent or dead."""
    expires_at = models.DateTimeField(null=True, blank=True)
    """After this its link is worth nothing, so it is not sent. Only a message with a link has it."""
    order_id = models.UUIDField(null=True, blank=True, db_index=True)
    order_number = models.CharField(max_length=32, blank=True, default="")
    status = models.CharField(
        max_length=8, choices=[(status.value, status.value) for status in Status], default=Status.PENDING.value
    )
    attempts = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(default=clock.now)
    last_error = models.CharField(max_length=500, blank=True, default="")
    provider_reference = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "due"], name="notifications_message_due"),
            models.Index(fields=["recipient"], name="notifications_message_to"),
        ]

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} to {self.recipient}: {self.status}"
