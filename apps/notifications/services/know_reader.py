"""Keep our own copy of how a customer is reached, from what accounts tells. Runs inside the event's transaction."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.notifications.models import Message, Reader
from apps.notifications.rules import guest_id, normal
from shop import clock


def know_reader(user_id: UUID, *, language: str = "", email: str = "", verified: bool = False) -> None:
    """Take in what is named. Who shows that an address is theirs takes over what was chosen for it as a guest."""
    facts: dict[str, Any] = {"customer": True, "updated_at": clock.now()}
    if language:
        facts["language"] = language
    if email and (verified or not Reader.objects.filter(pk=user_id, verified=True).exists()):
        facts |= {"email": normal(email), "verified": verified}
    if not Reader.objects.filter(pk=user_id).update(**facts):
        Reader(id=user_id, **facts).save(force_insert=True)
    if verified:
        _take_over(user_id, guest_id(email))


def _take_over(user_id: UUID, guest: UUID) -> None:
    Message.objects.filter(reader_id=guest).update(reader_id=user_id)
    before = Reader.objects.filter(pk=guest).first()
    if before is None:
        return
    reader = Reader.objects.get(pk=user_id)
    reader.unwanted = sorted({*reader.unwanted, *before.unwanted})
    reader.revision += 1
    reader.save(update_fields=["unwanted", "revision"])
    before.delete()
