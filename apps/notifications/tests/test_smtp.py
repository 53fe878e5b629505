"""Mail over a real SMTP conversation with the embedded mailbox."""

from __future__ import annotations

import pytest

from apps.notifications.fakes.mailbox.server import Mailbox
from apps.notifications.models import Message
from apps.notifications.rules import PREFERENCES
from apps.notifications.services.links import preferences_link
from apps.notifications.tasks import send_due_messages
from apps.notifications.tests.events import confirmed, hear
from shop import clock
from shop.db import transact
from shop.errors import CallInsideTransaction
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def mailbox(settings):
    with Mailbox() as running:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", running.smtp_port, 2
        yield running


def send_again():
    Message.objects.update(due=clock.now())
    send_due_messages()


def test_the_mail_arrives_as_it_was_written(mailbox):
    order = uuid7()
    hear(confirmed(order, email="änn@example.com", name="Müesli bowl"))
    send_due_messages()
    row = Message.objects.get()
    [mail], link = mailbox.mails.newest(), preferences_link(row.pk)
    assert (mail["subject"], mail["text"], mail["message_id"]) == (
        row.subject,
        row.text.replace(PREFERENCES, link),
        row.provider_reference,
    )
    assert mail["html"].strip() == row.html.replace(PREFERENCES, link)
    assert "Müesli bowl" in mail["text"]
    assert row.status == "sent"


def test_a_lost_answer_sends_it_again_under_the_same_id(mailbox):
    hear(confirmed(uuid7()))
    mailbox.trouble.lose_answer = 1
    send_due_messages()
    assert Message.objects.get().status == "pending"
    send_again()
    assert Message.objects.get().status == "sent"
    assert len({mail["message_id"] for mail in mailbox.mails.newest()}) == 1


def test_a_server_that_is_busy_is_asked_again(mailbox):
    hear(confirmed(uuid7()))
    mailbox.trouble.refuse = 2
    send_due_messages()
    send_again()
    assert (Message.objects.get().status, Message.objects.get().attempts) == ("pending", 2)
    send_again()
    assert Message.objects.get().status == "sent"


def test_a_mailbox_that_is_full_for_now_is_asked_again_and_one_that_is_not_there_is_not(mailbox):
    mailbox.trouble.refused_recipients["full@example.com"] = 452
    hear(confirmed(uuid7(), email="full@example.com"))
    hear(confirmed(uuid7(), email="bounce@example.com"))
    send_due_messages()
    status = dict(Message.objects.values_list("recipient", "status"))
    assert status == {"full@example.com": "pending", "bounce@example.com": "dead"}


def test_a_server_that_is_too_slow_is_not_waited_for_without_end(mailbox, settings):
    settings.EMAIL_TIMEOUT = 0.3
    mailbox.trouble.delay = 1.0
    hear(confirmed(uuid7()))
    send_due_messages()
    row = Message.objects.get()
    assert row.status == "pending"
    assert "Timeout" in row.last_error or "Disconnected" in row.last_error


def test_a_server_that_is_down_is_asked_again(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    hear(confirmed(uuid7()))
    send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.last_error[:22]) == ("pending", "ConnectionRefusedError")


def test_nothing_is_sent_inside_a_transaction(mailbox):
    from apps.notifications.providers.smtp import SmtpCarrier
    from apps.notifications.services.send_message import _outgoing

    hear(confirmed(uuid7()))
    row = Message.objects.get()
    with pytest.raises(CallInsideTransaction):
        transact("notifications", lambda: SmtpCarrier().send(_outgoing(row)))
