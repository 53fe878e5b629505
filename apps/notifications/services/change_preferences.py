"""Change what somebody wants to be told, and how."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError
from django.db.models import F

from apps.notifications.contracts import MandatoryTopic
from apps.notifications.models import Reader
from apps.notifications.rules import Channel, Topic, is_mandatory
from shop import clock
from shop.db import transact
from shop.errors import FieldError
from shop.http.etags import check_revision

Choices = Mapping[tuple[Topic, Channel], bool]


def change_preferences(
    reader_id: UUID, choices: Choices, *, actor: str, revision: int | None = None, email: str = ""
) -> Reader:
    """Only what is named changes. Raises MandatoryTopic, StaleMatch. `email` is kept for a new guest."""
    _check(choices)
    now = clock.now()

    def effect() -> Reader:
        # First, so that a twin waits for us and sees what we leave.
        rows = Reader.objects.filter(pk=reader_id)
        if not rows.update(revision=F("revision") + 1, updated_at=now, changed_by=actor):
            Reader(id=reader_id, email=email, revision=1, updated_at=now, changed_by=actor).save(force_insert=True)
        reader = rows.get()
        check_revision(reader.revision - 1, revision)
        off = {f"{topic}/{channel}" for (topic, channel), wanted in choices.items() if not wanted}
        on = {f"{topic}/{channel}" for (topic, channel), wanted in choices.items() if wanted}
        reader.unwanted = sorted({*reader.unwanted, *off} - on)
        reader.save(update_fields=["unwanted"])
        return reader

    try:
        return transact("notifications", effect)
    except IntegrityError:  # a twin has made the row at the same moment
        return transact("notifications", effect)


def _check(choices: Choices) -> None:
    wrong = tuple(
        FieldError(f"/topics/{topic}/{channel}", "mandatory", "This is always told.")
        for (topic, channel), wanted in choices.items()
        if not wanted and is_mandatory(topic, channel)
    )
    if wrong:
        raise MandatoryTopic(errors=wrong)
