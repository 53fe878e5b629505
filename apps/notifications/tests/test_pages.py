"""The pages behind the links in mails: opening does nothing, a click ends what may be ended, no login is needed."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from apps.notifications.models import Message, Reader
from apps.notifications.services.links import token_of
from apps.notifications.tasks import send_due_messages
from apps.notifications.tests.events import confirmed, hear, shipped
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database")
UNSUBSCRIBE, PREFERENCES = "/notifications/unsubscribe", "/notifications/preferences"


def mail_of(event):
    hear(event)
    send_due_messages()
    return Message.objects.latest("created_at")


def unwanted():
    return [choice for reader in Reader.objects.all() for choice in reader.unwanted]


def test_the_mail_holds_both_links_and_they_open(post):
    mail_of(shipped(uuid7(), uuid7()))
    (mail,) = post.taken
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    (link,) = re.findall(r"<(.+)>", mail.headers["List-Unsubscribe"])
    assert link in mail.text
    page = Client().get(link)
    assert (page.status_code, "No more mails about shipping?" in page.text) == (200, True)
    assert (unwanted(), page["Cache-Control"]) == ([], "private, no-store")


def test_one_click_ends_the_topic_and_saying_it_twice_changes_nothing(post):
    mail_of(shipped(uuid7(), uuid7()))
    (link,) = re.findall(r"<(.+)>", post.taken[0].headers["List-Unsubscribe"])
    for _ in range(2):
        done = Client().post(link, {"List-Unsubscribe": "One-Click"})
        assert (done.status_code, "You get no more mails about shipping." in done.text) == (200, True)
    assert unwanted() == ["shipping/mail"]
    assert mail_of(shipped(uuid7(), uuid7())).status == "suppressed"
    assert len(post.taken) == 1


def test_what_must_be_told_has_no_such_link_and_cannot_be_ended(post):
    message = mail_of(confirmed(uuid7()))
    assert "List-Unsubscribe" not in post.taken[0].headers
    refused = Client().post(UNSUBSCRIBE, {"token": token_of(message.pk)})
    assert (refused.status_code, unwanted()) == (422, [])


def test_all_that_can_be_chosen_is_chosen_on_one_page(post):
    message = mail_of(confirmed(uuid7()))
    token = token_of(message.pk)
    page = Client().get(PREFERENCES, {"token": token})
    assert page.text.count('value="orders/mail" checked disabled') == 1
    saved = Client().post(PREFERENCES, {"token": token, "wanted": ["shipping/mail", "orders/sms"]})
    assert (saved.status_code, "Saved." in saved.text) == (200, True)
    assert {"shipping/sms", "payment_reminders/mail", "returns/sms"} < set(unwanted())
    assert not {"shipping/mail", "orders/sms", "orders/mail"} & set(unwanted())


@pytest.mark.parametrize("token", ["", "x", "0" * 32 + ".abc", "é" * 300])
def test_a_link_that_is_not_ours_opens_nothing(token):
    for path in (UNSUBSCRIBE, PREFERENCES):
        page = Client().get(path, {"token": token})
        assert (page.status_code, "not one of ours" in page.text) == (404, True)
        assert Client().post(path, {"token": token}).status_code == 404
