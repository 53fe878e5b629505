"""Who is erased is forgotten here too."""

from __future__ import annotations

import msgspec
import pytest

from apps.accounts.contracts import AccountDeleted
from apps.notifications.models import Message
from apps.notifications.rules import Channel, Kind, Status
from shop.events.inbox import Envelope, deliver
from shop.ids import uuid7
from shop.testing.plans import assert_by_index

pytestmark = pytest.mark.usefixtures("database")


def message(recipient: str, status: Status) -> None:
    Message(
        id=uuid7(), kind=Kind.PASSWORD_CHANGED, channel=Channel.MAIL, recipient=recipient, text="x", status=status
    ).save(force_insert=True)


def test_messages_to_an_erased_person_go_but_what_is_still_to_be_sent():
    for status in (Status.SENT, Status.DEAD, Status.PENDING):
        message("ada@example.com", status)
    message("eve@example.com", Status.SENT)
    event = AccountDeleted(user_id=uuid7(), email="ada@example.com")

    for _ in range(2):
        envelope = Envelope(uuid7(), event.name, "key", msgspec.json.encode(event).decode())
        assert deliver("notifications", [envelope]) == {}

    left = sorted(Message.objects.values_list("recipient", "status"))
    assert left == [("ada@example.com", "pending"), ("eve@example.com", "sent")]
    assert_by_index(Message.objects.filter(recipient="ada@example.com"))
