"""What notifications does by itself: send what is written."""

from __future__ import annotations

from datetime import timedelta

from shop import clock
from shop.jobs import job

from .models import Message
from .rules import Status
from .services.send_message import send_message

BATCH = 50


@job(every=timedelta(seconds=5), batch=BATCH)
def send_due_messages() -> int:
    """Written messages whose time has come; woken by each new one, so usually at once."""
    rows = Message.objects.filter(status=Status.PENDING, due__lte=clock.now()).order_by("due")[:BATCH]
    return sum(send_message(message) for message in rows)
