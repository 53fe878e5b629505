"""Tokens and passwords are nowhere once they are sent: no table of any database, no log, no page of the staff."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client

from apps.accounts.models import AccountRequest, User
from apps.accounts.services.note_request import note_request
from shop import clock
from shop.db import transact
from shop.events import pending
from shop.housekeeping import purge
from shop.models import OutboxRow
from shop.testing.contents import contents
from shop.testing.drain import drain
from shop.testing.http import send

pytestmark = pytest.mark.usefixtures("database")
PASSWORD = "correct horse battery"
LINK = re.compile(r"token=([\w-]{43})\b")


@pytest.fixture
def mails():
    mail.outbox.clear()
    return mail.outbox


def tokens_in(mails):
    return [token for sent in mails for token in LINK.findall(sent.body)]


def flows():
    """Every flow that sends a link, with known and unknown addresses; the number of links."""
    send("POST", "/auth/register", {"email": "ann@example.com", "password": PASSWORD}, idempotency_key="k1")
    drain("accounts", "notifications")
    send("POST", "/auth/register", {"email": "ann@example.com", "password": PASSWORD}, idempotency_key="k2")
    for path in ("/auth/verify/resend", "/auth/password/forgot"):
        for email in ("ann@example.com", "nobody@example.com"):
            send("POST", path, {"email": email}, idempotency_key=f"{path} {email}")
    note_request(AccountRequest.CHANGE_EMAIL, "new@example.com", user_id=User.objects.get().pk)
    drain("accounts", "notifications")
    return 5


def test_once_the_mail_is_sent_its_token_is_nowhere(mails, caplog):
    caplog.set_level(logging.DEBUG)
    links = flows()
    tokens = tokens_in(mails)
    assert len(set(tokens)) == links

    stored = contents()
    assert "ann@example.com" in stored  # so the looking works
    for secret in (*tokens, PASSWORD):
        assert secret not in stored
        assert secret not in caplog.text


def test_on_its_way_a_token_is_in_the_outbox_and_then_beside_the_text_only():
    send("POST", "/auth/register", {"email": "ann@example.com", "password": PASSWORD})
    drain("accounts")  # which ends with the message written
    [token] = set(re.findall(r"token=([\w-]{43})", contents()))
    lines = [line for line in contents().splitlines() if token in line]
    assert [line.partition(":")[0] for line in lines] == ["notifications.notifications_message"]
    drain("notifications")
    assert token not in contents()


def test_staff_see_no_token_while_it_is_on_its_way():
    staff = Client()
    staff.force_login(User.objects.create_superuser("staff@example.com", "x"))
    send("POST", "/auth/register", {"email": "ann@example.com", "password": PASSWORD})
    from apps.accounts.tasks import handle_account_requests

    handle_account_requests()
    row = OutboxRow.objects.using("accounts").get(name="accounts.verification_asked.v1")
    [token] = re.findall(r'"token":"([\w-]{43})"', row.payload)
    OutboxRow.objects.using("accounts").filter(pk=row.pk).update(state="dead")
    ann = User.objects.get(email="ann@example.com")
    for path in ("/admin/shop/outboxrow/", "/admin/accounts/user/", f"/admin/accounts/user/{ann.pk}/change/"):
        page = staff.get(path)
        assert page.status_code == 200
        for secret in (token, ann.password):
            assert secret not in page.content.decode()


def test_an_event_that_nobody_takes_is_gone_when_its_token_has_ended(mails):
    send("POST", "/auth/register", {"email": "ann@example.com", "password": PASSWORD})
    from apps.accounts.tasks import handle_account_requests

    handle_account_requests()
    rows = OutboxRow.objects.using("accounts").filter(name="accounts.verification_asked.v1")
    transact("accounts", lambda: rows.update(state="dead", attempts=12))
    [token] = re.findall(r'"token":"([\w-]{43})"', contents())
    purge("accounts")
    assert pending("accounts")["dead"] == 1
    with clock.shifted(timedelta(days=2, seconds=1)):
        purge("accounts")
    assert pending("accounts")["dead"] == 0
    assert token not in contents()
