"""Send one written message: claimed with a lease, sent with no transaction open, then marked."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError
from django.utils.html import escape

from apps.notifications.models import Attempt, Message
from apps.notifications.providers import NotSent, Outgoing, Undeliverable, carrier
from apps.notifications.queries import reason_not_to_send
from apps.notifications.rules import (
    LAST_ATTEMPT,
    LINK,
    PREFERENCES,
    UNSUBSCRIBE,
    Channel,
    Outcome,
    Status,
    SuppressionReason,
    attempt_id,
    is_mandatory,
    status_told,
    topic_of,
    waiting_time,
)
from shop import clock
from shop.db import transact
from shop.faults import fault

from .forget_reader import BLANK
from .links import preferences_link, unsubscribe_link
from .note_delivery import told
from .suppress_address import suppress_address

logger = logging.getLogger(__name__)


def send_message(message: Message) -> bool:
    """Try once. False if another worker has it.

    Each attempt is a row, written before. A crash between sending and marking sends a mail again, with the same
    Message-ID; Twilio is asked first. After eight failures, or a recipient that can never be reached, it is dead.
    """
    if reason := reason_not_to_send(message):
        return _end(message, Status.SUPPRESSED, reason)
    if not _claim(message):
        return False
    fault("notifications.message.claimed")
    if message.expires_at is not None and message.expires_at <= clock.now():
        _finish(message, Outcome.REFUSED, "Its link had ended before it could be sent.", status=Status.DEAD)
        return True
    try:
        reference = _sent_before(message) or carrier(Channel(message.channel)).send(_outgoing(message))
    except Undeliverable as error:
        _finish(message, Outcome.REFUSED, str(error), status=Status.DEAD, suppress=error.suppress)
    except NotSent as error:
        _fail(message, str(error), pause=timedelta(seconds=error.pause))
    except Exception as error:
        logger.exception("Message %s could not be sent", message.pk)
        _fail(message, f"{type(error).__name__}: {error}")
    else:
        fault("notifications.message.sent")
        transact("notifications", lambda: _accept(message, reference[:255]))
        fault("notifications.message.marked")
    return True


def _claim(message: Message) -> bool:
    """Two leases long, since one conversation with a mail server has several waits."""
    number, now = message.attempts + 1, clock.now()
    until = now + timedelta(seconds=2 * settings.SHOP_LEASE_SECONDS)

    def take() -> int:
        rows = Message.objects.filter(pk=message.pk, status=Status.PENDING, attempts=message.attempts, due=message.due)
        taken = rows.update(attempts=number, due=until)
        if taken:
            Attempt(
                id=attempt_id(message.pk, number),
                message_id=message.pk,
                number=number,
                round=message.round,
                asked_by=message.asked_by,
                started_at=now,
            ).save(force_insert=True)
        return taken

    if not transact("notifications", take):
        return False
    message.attempts = number
    return True


def _sent_before(message: Message) -> str:
    """The carrier's id of it, if an earlier attempt of this round has sent it without our knowing."""
    if _is_first_of_round(message):
        return ""
    if reference := _reference_told(message):
        return reference
    earlier = Attempt.objects.filter(message_id=message.pk, number__lt=message.attempts).order_by("number")
    before = [row for row in earlier if row.round == message.round]
    if not before:
        return ""
    for reference in carrier(Channel(message.channel)).find(_outgoing(message, since=before[0].started_at)):
        known = Attempt.objects.filter(reference=reference).values_list("message_id", "round")
        if all(mine == (message.pk, message.round) for mine in known):  # else it is another message's
            return reference
    return _reference_told(message)  # by news that came while the carrier's list had it not yet


def _reference_told(message: Message) -> str:
    """What the carrier's own news named as this round's, faster than our note of it; it may name this very attempt."""
    rows = Attempt.objects.filter(message_id=message.pk).order_by("number")
    return next((row.reference for row in rows if row.reference and row.round == message.round), "")


def _is_first_of_round(message: Message) -> bool:
    return message.attempts == message.last_attempt - LAST_ATTEMPT + 1


def _accept(message: Message, reference: str) -> None:
    """Taken by the carrier; or farther, if its news came while we were waiting for its answer."""
    key, now = attempt_id(message.pk, message.attempts), clock.now()
    rows = Attempt.objects.filter(pk=key)
    rows.update(outcome=Outcome.ACCEPTED, ended_at=now, reference=reference)
    attempt = Attempt.objects.filter(reference=reference).order_by("-delivery_rank").first() if reference else None
    changes: dict[str, Any] = {"status": Status.SENT, "last_error": ""}
    if attempt is not None and (status := status_told(attempt.delivery)):
        changes = told(status, attempt.delivery, attempt.delivery_error, attempt.delivery_at)
    _mark(message, **changes, sent_at=now, provider_reference=reference)


def _fail(message: Message, words: str, *, pause: timedelta = timedelta(0)) -> None:
    tried = message.attempts - (message.last_attempt - LAST_ATTEMPT)
    status = Status.DEAD if message.attempts >= message.last_attempt else Status.PENDING
    due = clock.now() + max(waiting_time(tried, base=settings.SHOP_BACKOFF_SECONDS), pause)
    _finish(message, Outcome.FAILED, words, status=status, due=due)
    logger.warning("Message %s was not sent (attempt %s): %s", message.pk, message.attempts, words)


def _finish(
    message: Message, outcome: Outcome, words: str, *, suppress: SuppressionReason | None = None, **changes: Any
) -> None:
    """The attempt has ended without a message that is known to be sent."""

    def effect() -> None:
        rows = Attempt.objects.filter(pk=attempt_id(message.pk, message.attempts))
        rows.update(outcome=outcome, ended_at=clock.now(), error=words[:500])
        if changes["status"] == Status.DEAD and (reference := _reference_told(message)):
            _accept(message, reference)  # it went out all the same: only the carrier's answer was lost
        else:
            _mark(message, **changes, last_error=words[:500])
        if suppress is not None:
            channel = Channel(message.channel)
            suppress_address(channel, message.recipient, suppress, detail=words, message_id=message.pk)

    try:
        transact("notifications", effect)
    except IntegrityError:  # another message to the same address was refused at the same moment
        transact("notifications", effect)


def _end(message: Message, status: Status, words: str) -> bool:
    """Without any attempt."""
    return bool(transact("notifications", lambda: _mark(message, status=status, last_error=words)))


def _mark(message: Message, **changes: Any) -> int:
    """What needs no more sending needs its link no more, and nothing that would tell of somebody who is erased."""
    if changes["status"] != Status.PENDING:
        changes["secret"] = ""
    rows = Message.objects.filter(pk=message.pk, status=Status.PENDING, attempts=message.attempts)
    done = rows.filter(forget=False).update(**changes)
    if not done:
        blank = BLANK if changes["status"] != Status.PENDING else {}
        done = rows.update(**{**changes, **blank})
        if done and blank:
            Attempt.objects.filter(message_id=message.pk).update(error="", delivery_error="")
    return done


def _outgoing(message: Message, *, since: Any = None) -> Outgoing:
    """As its recipient reads it: with the links in their places."""
    links = {LINK: message.secret or LINK}
    headers = {}
    if message.channel == Channel.MAIL and message.reader_id is not None:
        links |= {PREFERENCES: preferences_link(message.pk), UNSUBSCRIBE: unsubscribe_link(message.pk)}
        if not is_mandatory(topic_of(message.kind), Channel.MAIL):
            one_click = {"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
            headers = {"List-Unsubscribe": f"<{links[UNSUBSCRIBE]}>", **one_click}
    text, html = message.text, message.html
    for place, link in links.items():
        text, html = text.replace(place, link), html.replace(place, escape(link))
    return Outgoing(
        id=message.id,
        recipient=message.recipient,
        subject=message.subject,
        text=text,
        html=html,
        since=since or clock.now(),
        attempt=message.attempts,
        round=message.round,
        headers=headers,
    )
