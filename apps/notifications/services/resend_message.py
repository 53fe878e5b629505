"""Have a message sent again because staff want it."""

from __future__ import annotations

from django.db.models import F

from apps.notifications.contracts import CannotResend
from apps.notifications.models import Message
from apps.notifications.queries import get_message
from apps.notifications.rules import LAST_ATTEMPT, Status
from shop import clock
from shop.db import transact


def resend_message(message: Message, *, actor: str) -> Message:
    """A new round of attempts of the same row, and who wanted it. Raises CannotResend.

    A suppressed address is looked at anew, so release it first.
    """
    if told := why_not(message):
        raise CannotResend(told, status=message.status)
    rows = Message.objects.filter(pk=message.pk, round=message.round).exclude(status=Status.PENDING)
    changes = {
        "status": Status.PENDING,
        "round": message.round + 1,
        "asked_by": actor,
        "last_attempt": F("attempts") + LAST_ATTEMPT,
        "due": clock.now(),
        "last_error": "",
        "delivered_at": None,
    }
    if not transact("notifications", lambda: rows.update(**changes)):
        raise CannotResend("Somebody else has just had it sent again.", status=message.status)
    return get_message(message.pk)


def why_not(message: Message) -> str:
    """What keeps it from being sent again; nothing if it may."""
    if message.status == Status.PENDING:
        return "It is about to be sent already."
    if message.expires_at is not None:
        return "Its link is not kept: the person asks for a new one."
    return "" if message.recipient else "Whom it went to is erased."
