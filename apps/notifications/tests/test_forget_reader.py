"""Who is erased is forgotten here too."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from apps.accounts.contracts import AccountDeleted, EmailChanged, EmailConfirmationAsked
from apps.notifications.models import Attempt, Message, Reader, Suppression
from apps.notifications.rules import Channel, Kind, Status, SuppressionReason
from apps.notifications.services.forget_reader import BLANK, forget_reader
from apps.notifications.services.know_reader import know_reader
from apps.notifications.services.suppress_address import suppress_address
from apps.notifications.tasks import send_due_messages
from apps.notifications.tests.events import confirmed
from shop import clock
from shop.errors import Unavailable
from shop.events import Event
from shop.events.inbox import Envelope, deliver
from shop.ids import uuid7
from shop.testing.plans import assert_by_index

pytestmark = pytest.mark.usefixtures("database")


def tell(event: Event) -> None:
    envelope = Envelope(uuid7(), event.name, "key", msgspec.json.encode(event).decode())
    assert deliver("notifications", [envelope]) == {}


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
        tell(event)

    left = sorted(Message.objects.values_list("recipient", "text", "status", "forget"))
    gone = [("", "", "dead", False), ("", "", "sent", False)]
    assert left == [*gone, ("ada@example.com", "x", "pending", True), ("eve@example.com", "x", "sent", False)]
    assert_by_index(Message.objects.filter(recipient="ada@example.com"))


def test_mails_of_the_account_to_former_addresses_of_an_erased_person_go_too():
    ada, now = uuid7(), clock.now()
    tell(EmailChanged(ada, "ada@old.example", "ada@example.com", "en", now))
    tell(EmailConfirmationAsked(ada, "never@confirmed.example", "en", "token", now, now + timedelta(days=1)))
    tell(EmailChanged(uuid7(), "eve@old.example", "eve@example.com", "en", now))
    Message.objects.update(status=Status.SENT)

    forget_reader(user_id=ada, email="ada@example.com")

    left = sorted(Message.objects.values_list("recipient", flat=True))
    assert left == ["", "", "", "eve@example.com", "eve@old.example"]
    assert not [one for one in Message.objects.all() if "ada@" in one.text + one.html + one.subject]
    assert_by_index(Message.objects.filter(account_id=ada))


def test_what_was_still_to_be_sent_is_blanked_once_it_is(post):
    message("ada@example.com", Status.PENDING)
    forget_reader(user_id=uuid7(), email="ada@example.com")
    send_due_messages()
    assert [one.recipient for one in post.taken] == ["ada@example.com"]
    row = Message.objects.get()
    assert (row.status, row.recipient, row.text) == ("sent", "", "")


@pytest.mark.parametrize("ends", ["sent", "dead"])
def test_what_an_order_of_an_erased_person_tells_later_is_told_and_blanked(post, ends):
    tell(replace(confirmed(uuid7(), email="ada@example.com", name="Ada's mug"), erased=True))
    tell(confirmed(uuid7(), email="ada@example.com"))  # a guest's, whoever that is
    Message.objects.update(last_attempt=1)
    post.error = Unavailable("550 no ada@example.com") if ends == "dead" else None
    send_due_messages()
    erased, guests = Message.objects.order_by("-forget")
    assert (erased.status, guests.status) == (ends, ends)
    assert [getattr(erased, name) for name in BLANK] == list(BLANK.values())
    assert (erased.kind, erased.order_number, guests.recipient) == (
        "order_confirmed",
        "SO-7K3M-9QX2",
        "ada@example.com",
    )
    assert [one.error for one in Attempt.objects.filter(message_id=erased.pk)] == [""]
    assert len(post.taken) == (2 if ends == "sent" else 0)


def test_choices_the_suppression_and_text_messages_of_an_erased_person_go_too():
    ada = uuid7()
    know_reader(ada, email="Ada@example.com", verified=True)
    suppress_address(Channel.MAIL, "ada@example.com", SuppressionReason.BOUNCE)
    Message(
        id=uuid7(), kind=Kind.PARCEL_SHIPPED, channel=Channel.SMS, recipient="+4915112345678", reader_id=ada,
        text="x", status=Status.SENT,
    ).save(force_insert=True)  # fmt: skip
    forget_reader(user_id=ada, email="ada@example.com")
    assert not Reader.objects.exists()
    assert not Suppression.objects.exists()
    assert Message.objects.get().recipient == ""
