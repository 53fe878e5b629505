"""What tests and audits may know of notifications: what still has to be sent, and what was."""

from __future__ import annotations

from typing import Any

from apps.notifications.models import Message
from apps.notifications.rules import Status


def pending() -> dict[str, int]:
    """Messages that wait to be sent, and those that were given up."""
    return {
        "messages": Message.objects.filter(status=Status.PENDING).count(),
        "dead": Message.objects.filter(status=Status.DEAD).count(),
    }


def facts() -> dict[str, Any]:
    """Every message, as plain JSON."""
    return {
        "messages": [
            {
                "order_id": str(message.order_id) if message.order_id else "",
                "kind": message.kind,
                "channel": message.channel,
                "recipient": message.recipient,
                "status": message.status,
            }
            for message in Message.objects.iterator()
        ]
    }
