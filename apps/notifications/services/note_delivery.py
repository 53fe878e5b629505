"""Note what a carrier says of a message on its way."""

from __future__ import annotations

from uuid import UUID

from apps.notifications.contracts import CallbackUnknown
from apps.notifications.models import Attempt, Message
from apps.notifications.rules import DELIVERY, Status, status_told
from shop import clock
from shop.db import transact


def note_delivery(reference: str, word: str, *, error: str = "", message_id: UUID | None = None) -> None:
    """Only forwards: news that is older than what we know changes nothing. Raises CallbackUnknown.

    `message_id` names the message where the carrier was faster than our own note of its reference, or where
    its answer was lost: then the reference is learned from this news.
    """
    transact("notifications", lambda: _note(reference, word, error[:200], message_id))


def _note(reference: str, word: str, error: str, message_id: UUID | None) -> None:
    attempt = Attempt.objects.filter(reference=reference).order_by("-number").first()
    if attempt is None and message_id is not None:
        attempt = _adopt(reference, message_id)
    if attempt is None:
        raise CallbackUnknown("We have sent no message with this id.")
    rank, at = DELIVERY.get(word, 0), clock.now()
    rows = Attempt.objects.filter(pk=attempt.pk, delivery_rank__lt=rank)
    if not rows.update(delivery=word, delivery_rank=rank, delivery_error=error, delivery_at=at):
        return
    status = status_told(word)
    if status is not None:
        sent = Message.objects.filter(pk=attempt.message_id, round=attempt.round)
        sent = sent.filter(status__in=[Status.SENT, Status.DELIVERED, Status.UNDELIVERED])
        sent.update(**told(status, word, error, at))


def told(status: Status, word: str, error: str, at: object) -> dict[str, object]:
    """The columns of a message of which a carrier has said its last word."""
    if status is Status.DELIVERED:
        return {"status": status, "delivered_at": at, "last_error": ""}
    return {"status": status, "last_error": f"{word} {error}".strip()}


def _adopt(reference: str, message_id: UUID) -> Attempt | None:
    attempt = Attempt.objects.filter(message_id=message_id, reference="").order_by("-number").first()
    if attempt is not None:
        Attempt.objects.filter(pk=attempt.pk).update(reference=reference)
    return attempt
