"""Note what a carrier says of a message on its way."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import IntegrityError

from apps.notifications.contracts import CallbackUnknown
from apps.notifications.models import Attempt, Message, News
from apps.notifications.rules import (
    DELIVERY,
    Channel,
    Status,
    SuppressionReason,
    attempt_id,
    news_id,
    status_told,
    suppresses,
)
from shop import clock
from shop.db import transact

from .suppress_address import suppress_address

logger = logging.getLogger(__name__)


def note_delivery(
    reference: str, word: str, *, error: str = "", message_id: UUID | None = None, number: int | None = None
) -> None:
    """Each is kept once, and goes only forwards: what is older than what we know changes no status.

    A code that is about the number itself suppresses it. Raises CallbackUnknown.

    `message_id`, and `number` of the try, are what we told the carrier along with the text. They name it where the
    carrier was faster than our own note of its reference, or where its answer was lost: then the reference is learned
    from this news. A try whose text has another reference is not this one: such news are logged and unknown.
    """

    def effect() -> None:
        _note(reference, word, error[:200], message_id, number)

    try:
        transact("notifications", effect)
    except IntegrityError:  # told twice at the same moment
        transact("notifications", effect)


def _note(reference: str, word: str, error: str, message_id: UUID | None, number: int | None) -> None:
    attempt = _told_of(reference, message_id, number)
    if attempt is None:
        raise CallbackUnknown("We have sent no message with this id.")
    rank, at = DELIVERY.get(word, 0), clock.now()
    if not _keep(attempt, word, error):
        return
    rows = Attempt.objects.filter(pk=attempt.pk, delivery_rank__lt=rank)
    if not rows.update(delivery=word, delivery_rank=rank, delivery_error=error, delivery_at=at):
        return
    status = status_told(word)
    if status is not None:
        sent = Message.objects.filter(pk=attempt.message_id, round=attempt.round)
        sent = sent.filter(status__in=[Status.SENT, Status.DELIVERED, Status.UNDELIVERED, Status.DEAD])
        sent.update(**told(status, word, error, at))
    if status is Status.UNDELIVERED and (reason := suppresses(error)):
        _suppress(attempt.message_id, reason, f"Twilio: {word} ({error}).")


def _keep(attempt: Attempt, word: str, error: str) -> bool:
    """False if it was told before."""
    key = news_id(attempt.pk, word, error)
    if News.objects.filter(pk=key).exists():
        return False
    News(id=key, message_id=attempt.message_id, attempt=attempt.number, word=word, error=error).save(force_insert=True)
    return True


def _suppress(message_id: UUID, reason: SuppressionReason, words: str) -> None:
    number = Message.objects.filter(pk=message_id, channel=Channel.SMS).values_list("recipient", flat=True).first()
    if number:  # else its person is erased
        suppress_address(Channel.SMS, number, reason, detail=words, message_id=message_id)


def told(status: Status, word: str, error: str, at: object) -> dict[str, object]:
    """The columns of a message of which a carrier has said its last word."""
    if status is Status.DELIVERED:
        return {"status": status, "delivered_at": at, "last_error": ""}
    return {"status": status, "last_error": f"{word} {error}".strip()}


def _told_of(reference: str, message_id: UUID | None, number: int | None) -> Attempt | None:
    """Whose news it is: of the try that is named, whatever we took its text for; without a name, by the reference."""
    if message_id is not None and number is not None:
        return _named(reference, message_id, number)
    known = Attempt.objects.filter(reference=reference).order_by("-number").first()
    if known is None and message_id is not None:  # texts that an earlier version sent name no try
        latest = Attempt.objects.filter(message_id=message_id, reference="").order_by("-number").first()
        return latest and _learn(latest, reference)
    return known


def _named(reference: str, message_id: UUID, number: int) -> Attempt | None:
    """That try, or a later one of its round that found its text already sent."""
    named = Attempt.objects.filter(pk=attempt_id(message_id, number)).first()
    if named is None or named.reference not in {"", reference}:
        what = f"has the reference {named.reference}" if named else "is not known"
        logger.warning("News of %s name try %s of message %s, which %s", reference, number, message_id, what)
        return None
    _learn(named, reference)
    same = Attempt.objects.filter(message_id=message_id, reference=reference, round=named.round)
    return same.order_by("-number").first()


def _learn(attempt: Attempt, reference: str) -> Attempt:
    Attempt.objects.filter(pk=attempt.pk, reference="").update(reference=reference)
    return attempt
