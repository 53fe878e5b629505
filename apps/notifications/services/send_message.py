"""Send one written message: claimed with a lease, sent with no transaction open, then marked."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils.html import escape

from apps.notifications.models import Message
from apps.notifications.providers import NotSent, Outgoing, Undeliverable, carrier
from apps.notifications.rules import LAST_ATTEMPT, LINK, Channel, Status, waiting_time
from shop import clock
from shop.db import transact
from shop.faults import fault

logger = logging.getLogger(__name__)


def send_message(message: Message) -> bool:
    """Try once. False if another worker has it.

    A crash between sending and marking sends a mail again, with the same Message-ID; Twilio is
    asked first. After eight failures, or a recipient that can never be reached, it is dead.
    """
    if not _claim(message):
        return False
    fault("notifications.message.claimed")
    if message.expires_at is not None and message.expires_at <= clock.now():
        _mark(message, status=Status.DEAD, last_error="Its link had ended before it could be sent.")
        return True
    try:
        reference = carrier(Channel(message.channel)).send(_outgoing(message))
    except Undeliverable as error:
        _mark(message, status=Status.DEAD, last_error=str(error)[:500])
    except NotSent as error:
        _fail(message, str(error))
    except Exception as error:
        logger.exception("Message %s could not be sent", message.pk)
        _fail(message, f"{type(error).__name__}: {error}")
    else:
        fault("notifications.message.sent")
        _mark(message, status=Status.SENT, sent_at=clock.now(), provider_reference=reference[:255], last_error="")
        fault("notifications.message.marked")
    return True


def _claim(message: Message) -> bool:
    """Two leases long, since one conversation with a mail server has several waits."""
    attempts, until = message.attempts + 1, clock.now() + timedelta(seconds=2 * settings.SHOP_LEASE_SECONDS)

    def take() -> int:
        rows = Message.objects.filter(pk=message.pk, status=Status.PENDING, attempts=message.attempts, due=message.due)
        return rows.update(attempts=attempts, due=until)

    if not transact("notifications", take):
        return False
    message.attempts = attempts
    return True


def _fail(message: Message, words: str) -> None:
    dead = message.attempts >= LAST_ATTEMPT
    due = clock.now() + waiting_time(message.attempts, base=settings.SHOP_BACKOFF_SECONDS)
    _mark(message, status=Status.DEAD if dead else Status.PENDING, due=due, last_error=words[:500])
    logger.warning("Message %s was not sent (attempt %s): %s", message.pk, message.attempts, words)


def _mark(message: Message, **changes: Any) -> None:
    """What is sent or dead needs its link no more."""
    if changes["status"] != Status.PENDING:
        changes["secret"] = ""
    rows = Message.objects.filter(pk=message.pk, status=Status.PENDING)
    transact("notifications", lambda: rows.update(**changes))


def _outgoing(message: Message) -> Outgoing:
    """As its recipient reads it: with the link in its place."""
    return Outgoing(
        id=message.id,
        recipient=message.recipient,
        subject=message.subject,
        text=message.text.replace(LINK, message.secret or LINK),
        html=message.html.replace(LINK, escape(message.secret or LINK)),
        written_at=message.created_at,
        tried_before=message.attempts > 1,
    )
