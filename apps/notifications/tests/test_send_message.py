"""Sending: claimed once, retried with patience, given up in sight of staff."""

from __future__ import annotations

import smtplib
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives

from apps.notifications.models import Message
from apps.notifications.providers import NotSent, Undeliverable
from apps.notifications.providers.smtp import SmtpCarrier
from apps.notifications.rules import LAST_ATTEMPT, PREFERENCES
from apps.notifications.services.links import preferences_link
from apps.notifications.services.send_message import send_message
from apps.notifications.tasks import send_due_messages
from apps.notifications.tests.events import confirmed, hear
from shop import clock
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")


def as_sent(message):
    """Its text with the link in its place."""
    return message.text.replace(PREFERENCES, preferences_link(message.pk))


def test_a_written_message_is_sent_once(post, written):
    assert [send_due_messages(), send_due_messages()] == [1, 0]
    row = Message.objects.get()
    assert (row.status, row.attempts, row.provider_reference) == ("sent", 1, "post-1")
    assert [message.id for message in post.taken] == [written.id]


def test_of_two_workers_one_sends(post, written):
    twin = Message.objects.get()
    assert [send_message(written), send_message(twin)] == [True, False]
    assert len(post.taken) == 1


def test_a_worker_that_comes_while_another_sends_leaves_it_alone(post, written):
    twin, answers = Message.objects.get(), []

    def send(message):
        answers.append(send_message(twin))
        return "post"

    post.send = send
    assert send_message(written)
    assert answers == [False]


def test_a_failure_is_tried_again_later_and_later(post, written):
    post.error = NotSent("421 busy")
    waits = []
    for _ in range(3):
        Message.objects.update(due=clock.now())
        assert send_due_messages() == 1
        waits.append(Message.objects.get().due - clock.now())
    assert timedelta(0) < waits[0] < waits[1] < waits[2]
    assert send_due_messages() == 0
    post.error = None
    Message.objects.update(due=clock.now())
    send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.attempts, row.last_error) == ("sent", 4, "")


@pytest.mark.parametrize("error", [NotSent("451 later"), RuntimeError("a bug of ours")])
def test_after_eight_failures_it_is_dead(post, written, error):
    post.error = error
    for _ in range(LAST_ATTEMPT + 2):
        Message.objects.update(due=clock.now())
        send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.attempts) == ("dead", 8)
    assert str(error) in row.last_error


def test_a_recipient_that_cannot_be_reached_is_not_tried_again(post, written):
    post.error = Undeliverable("550 no such mailbox")
    send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.attempts, row.last_error) == ("dead", 1, "550 no such mailbox")


@pytest.mark.parametrize(
    ("point", "times"),
    [("notifications.message.claimed", 1), ("notifications.message.sent", 2), ("notifications.message.marked", 1)],
)
def test_a_crash_loses_nothing_and_repeats_under_the_same_id(post, written, crash_at, point, times):
    with pytest.raises(crash_at(point)):
        send_due_messages()
    assert send_due_messages() == 0  # the lease is still on
    with clock.shifted(timedelta(minutes=2)):
        send_due_messages()
    assert Message.objects.get().status == "sent"
    assert [message.id for message in post.taken] == [written.id] * times


def test_one_bad_message_does_not_hold_back_the_others(post):
    for _ in range(3):
        hear(confirmed(uuid7()))
    worst = Message.objects.order_by("due")[0]

    def send(message):
        if message.id == worst.id:
            raise NotSent("no")
        return "ok"

    post.send = send
    assert send_due_messages() == 3
    assert sorted(Message.objects.values_list("status", flat=True)) == ["pending", "sent", "sent"]


def test_a_mail_has_text_html_and_its_own_id(written):
    mail.outbox.clear()
    send_due_messages()
    [sent] = mail.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    assert (sent.to, sent.subject, sent.body) == (["ann@example.com"], written.subject, as_sent(written))
    assert sent.extra_headers["Message-ID"] == f"<{written.id}@example.com>"
    assert [kind for _, kind in sent.alternatives] == ["text/html"]


@pytest.mark.parametrize(
    ("error", "answer"),
    [
        (smtplib.SMTPRecipientsRefused({"ann@example.com": (550, b"no such mailbox")}), Undeliverable),
        (smtplib.SMTPRecipientsRefused({"ann@example.com": (450, b"busy")}), NotSent),
        (smtplib.SMTPServerDisconnected("gone"), NotSent),
        (smtplib.SMTPAuthenticationError(535, b"password hunter2 is wrong"), NotSent),
        (TimeoutError("slow"), NotSent),
    ],
)
def test_what_a_mail_server_says_is_told_apart(written, monkeypatch, error, answer, post):
    def refuse(self, *args, **options):
        raise error

    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
    send_due_messages()  # takes the message as the carrier sees it
    with pytest.raises(answer) as raised:
        SmtpCarrier().send(post.taken[0])
    assert "hunter2" not in str(raised.value)
