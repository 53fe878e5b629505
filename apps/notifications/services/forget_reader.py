"""Forget what was written to somebody whose account is erased."""

from __future__ import annotations

from apps.notifications.models import Message
from apps.notifications.rules import Status


def forget_reader(*, email: str) -> None:
    """Delete the messages to this address but those that are still to be sent. Runs inside the event's transaction."""
    Message.objects.filter(recipient=email).exclude(status=Status.PENDING).delete()
