"""Mails of accounts: one per fact and recipient, and a link that is nowhere once it is sent or dead."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client

from apps.accounts.contracts import (
    DeletionRequested,
    EmailChangeAsked,
    EmailChanged,
    EmailConfirmationAsked,
    KnownAddressTried,
    PasswordChanged,
    PasswordResetAsked,
    RefreshTokenReused,
    StaffInvited,
    VerificationAsked,
)
from apps.notifications.models import Message
from apps.notifications.providers import NotSent
from apps.notifications.rules import LAST_ATTEMPT
from apps.notifications.tasks import send_due_messages
from apps.notifications.tests.events import NOON, hear
from shop import clock
from shop.events.inbox import Envelope, deliver
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")
TOKEN = "T0ken-that_nobody-may-keep"
ANN = "ann@example.com"


def asked(event=VerificationAsked, *, language="en", user_id=None):
    at = clock.now()
    return event(user_id or uuid7(), ANN, language, TOKEN, at, at + timedelta(hours=1))


def sent_mail():
    mail.outbox.clear()
    send_due_messages()
    [one] = mail.outbox
    return one, str(one.alternatives[0][0])


@pytest.mark.parametrize(
    ("event", "page", "subject"),
    [
        (VerificationAsked, "verify", "Did you open an account?"),
        (KnownAddressTried, "reset-password", "You have an account already"),
        (PasswordResetAsked, "reset-password", "Choose a new password"),
        (EmailConfirmationAsked, "confirm-email", "Confirm your new address"),
    ],
)
def test_a_link_reaches_its_mailbox_and_is_nowhere_else(settings, event, page, subject):
    settings.SHOP_FRONTEND_URL = "https://front.example"
    hear(asked(event))
    stored = Message.objects.get()
    assert TOKEN not in stored.text + stored.html + stored.subject

    one, html = sent_mail()
    link = f"https://front.example/account/{page}?token={TOKEN}"
    assert (one.to, one.subject) == ([ANN], subject)
    assert link in one.body.split()
    assert f'href="{link}"' in html
    assert "[link]" not in one.body + html

    kept = Message.objects.get()
    assert (kept.status, kept.secret) == ("sent", "")
    assert TOKEN not in str(list(Message.objects.values()))


@pytest.mark.parametrize(
    ("event", "recipients", "words"),
    [
        (PasswordChanged(uuid7(), ANN, "en", NOON), [ANN], "1 January 2026, 12:00 UTC"),
        (RefreshTokenReused(uuid7(), uuid7(), ANN, "en", "Old phone", NOON), [ANN], '"Old phone" to your account'),
        (EmailChangeAsked(uuid7(), ANN, "b@example.com", "en", NOON), [ANN], "b@example.com"),
        (EmailChanged(uuid7(), ANN, "b@example.com", "en", NOON), [ANN, "b@example.com"], "b@example.com"),
        (DeletionRequested(uuid7(), ANN, "en", NOON), [ANN], "1 January 2026, 12:00 UTC"),
    ],
)
def test_who_must_know_is_told(event, recipients, words):
    hear(event)
    rows = Message.objects.order_by("recipient")
    assert [row.recipient for row in rows] == recipients
    for row in rows:
        assert words in row.text
        assert words in row.html
        assert "[link]" not in row.text + row.html
        assert "{%" not in row.text + row.html + row.subject


def test_who_is_invited_gets_the_offer_and_its_link():
    hear_invitation(StaffInvited(uuid7(), ANN, ("support", "finance"), "Bea", TOKEN, clock.now() + timedelta(days=7)))
    one, _ = sent_mail()
    assert "Bea invites you to work in our shop as: support, finance." in one.body
    assert f"/account/accept-invitation?token={TOKEN}" in one.body


def hear_invitation(event):
    import msgspec

    envelope = Envelope(uuid7(), event.name, str(event.invitation_id), msgspec.json.encode(event).decode())
    assert deliver("notifications", [envelope]) == {}


def test_a_fact_that_is_told_twice_is_one_mail_and_a_later_one_another():
    user = uuid7()
    event = asked(user_id=user)
    for _ in range(2):
        hear(event)
    assert Message.objects.count() == 1
    with clock.shifted(timedelta(minutes=1)):
        hear(asked(user_id=user))
    assert Message.objects.count() == 2


def test_a_mail_that_is_given_up_keeps_no_link(post):
    post.error = NotSent("451 later")
    hear(asked())
    for _ in range(LAST_ATTEMPT):
        Message.objects.update(due=clock.now())
        send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.secret) == ("dead", "")


def test_a_mail_that_must_wait_keeps_its_link_for_the_next_attempt(post):
    post.error = NotSent("451 later")
    hear(asked())
    send_due_messages()
    assert TOKEN in Message.objects.get().secret
    post.error = None
    Message.objects.update(due=clock.now())
    send_due_messages()
    assert TOKEN in post.taken[0].text
    assert TOKEN in post.taken[0].html


def test_a_mail_whose_link_has_ended_is_not_sent(post):
    hear(asked())
    with clock.shifted(timedelta(hours=1)):
        send_due_messages()
    row = Message.objects.get()
    assert (row.status, row.secret, post.taken) == ("dead", "", [])


def test_the_language_is_the_users_where_there_are_templates_of_it(settings, tmp_path):
    german = tmp_path / "notifications" / "de"
    german.mkdir(parents=True)
    (german / "address_verification.subject.txt").write_text("Ist das Ihre Adresse?")
    settings.TEMPLATES = [settings.TEMPLATES[0] | {"DIRS": [tmp_path]}]
    for language, subject in (("de", "Ist das Ihre Adresse?"), ("de-AT", "Ist das Ihre Adresse?"), ("fr", None)):
        hear(asked(language=language))
        row = Message.objects.get()
        assert (row.subject, row.language) == (subject or "Did you open an account?", language)
        Message.objects.all().delete()


def test_staff_see_that_a_link_was_sent_but_never_the_link_and_cannot_send_it_again():
    staff = Client()
    staff.force_login(get_user_model().objects.create_superuser("staff@example.com", "x"))
    hear(asked())
    message = Message.objects.get()
    for path in ("/admin/notifications/message/", f"/admin/notifications/message/{message.pk}/change/"):
        page = staff.get(path).content.decode()
        assert ANN in page
        assert TOKEN not in page
    send_due_messages()
    action = {"action": "send_again", "_selected_action": [str(message.pk)]}
    staff.post("/admin/notifications/message/", action)
    assert Message.objects.get().status == "sent"
