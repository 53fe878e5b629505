"""The page "System" shows what waits and sends dead letters again, to staff only."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from shop.db import transact
from shop.events import pending, publish
from shop.jobs import tick
from shop.models import OutboxRow
from shop.testing.drain import drain
from shop.tests.sample.contracts import Counted

pytestmark = pytest.mark.usefixtures("database")
PAGE = "/admin/shop/outboxrow/"


@pytest.fixture
def staff(client: Client) -> Client:
    people: Any = get_user_model()
    user = people(email="root@example.com", is_staff=True, is_superuser=True)
    user.set_password("a good long password")
    user.save()
    client.force_login(user)
    return client


def test_a_stranger_sees_nothing(client):
    assert client.get(PAGE).status_code == 302


def test_dead_letters_and_runs_are_shown_and_sent_again(staff, seen):
    def tell():
        for name in "ab":
            publish(Counted(name, 1), key=name)

    transact("sample", tell)
    OutboxRow.objects.using("sample").update(state="dead", error="ValueError('poison')")
    tick("mirror")
    page = staff.get(PAGE).content.decode()
    assert "sample: 0 events waiting, 2 dead" in page
    assert "ValueError(&#x27;poison&#x27;)" in page
    assert "mirror.work" in page

    chosen = OutboxRow.objects.using("sample").get(key="a")
    answer = staff.post(PAGE, {"context": "sample", "letter": [str(chosen.pk)]}, follow=True)
    assert "1 dead letters of sample are on their way again." in answer.content.decode()
    assert pending("sample") == {"new": 1, "dead": 1}
    staff.post(PAGE, {"context": "moon"})
    staff.post(PAGE, {"context": "sample"})
    drain("sample")
    assert seen() == [("a", 1), ("b", 1)]
    assert pending("sample") == {"new": 0, "dead": 0}


def test_no_row_is_shown_whole_since_an_event_may_hold_a_secret(staff):
    transact("sample", lambda: publish(Counted("secret", 1), key="a"))
    row = OutboxRow.objects.using("sample").get()
    answer = staff.get(f"{PAGE}{row.pk}/change/")
    assert (answer.status_code, answer["Location"]) == (302, PAGE)
    assert "secret" not in staff.get(PAGE).content.decode()


def test_odd_letters_and_other_pages_of_a_letter_are_no_crash(staff):
    staff.raise_request_exception = False
    assert staff.post(PAGE, {"context": "sample", "letter": ["x"]}).status_code == 400
    for page in ("delete", "history", "change"):
        for send in (staff.get, staff.post):
            answer = send(f"{PAGE}x/{page}/")
            assert (answer.status_code, answer["Location"]) == (302, PAGE)
