"""Messages, suppressions and preferences over HTTP: what staff see and do, what customers choose."""

from __future__ import annotations

import pytest

from apps.notifications.models import Attempt, Message, Suppression
from apps.notifications.rules import Channel, SuppressionReason
from apps.notifications.services.note_delivery import note_delivery
from apps.notifications.services.suppress_address import suppress_address
from apps.notifications.tasks import send_due_messages
from apps.notifications.tests.events import confirmed, hear, labelled, shipped
from shop import jobs
from shop.db import transact
from shop.ids import uuid7
from shop.testing.http import send
from shop.testing.tokens import bearer

pytestmark = pytest.mark.usefixtures("database", "post")


@pytest.fixture
def support():
    return bearer("staff", scopes={"notifications:write"})


def told() -> Message:
    hear(confirmed(uuid7()))
    send_due_messages()
    message: Message = Message.objects.get(channel="mail")
    return message


def test_staff_see_every_message_and_each_try(support):
    message = told()
    found = send("GET", "/messages?status=sent&recipient=ann@example.com", authorization=support).json()["data"]
    assert [(one["id"], one["topic"], one["attempts"]) for one in found] == [(str(message.pk), "orders", 1)]
    shown = send("GET", f"/messages/{message.pk}", authorization=support).json()
    assert [(one["number"], one["outcome"]) for one in shown["tries"]] == [(1, "accepted")]
    assert "Blue mug" in shown["text"]
    assert shown["news"] == []
    reference = Attempt.objects.get(message_id=message.pk).reference
    note_delivery(reference, "bounced", error="452 full")
    shown = send("GET", f"/messages/{message.pk}", authorization=support).json()
    assert [(one["attempt"], one["word"], one["error"]) for one in shown["news"]] == [(1, "bounced", "452 full")]
    assert send("GET", "/messages?status=dead", authorization=support).json()["data"] == []
    wrong = send("GET", "/messages?kind=spam", authorization=support)
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/kind")


def test_staff_have_a_message_sent_again_once_per_key(support, post):
    message = told()
    path = f"/messages/{message.pk}/resend"
    jobs.woken.clear()
    for _ in range(2):
        answer = send("POST", path, {}, authorization=support, idempotency_key="once")
        assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert jobs.woken == ["notifications.send_due_messages"]
    again = send("POST", path, {}, authorization=support)
    assert (again.status_code, again.json()["code"]) == (409, "notifications.cannot_resend")
    send_due_messages()
    shown = send("GET", f"/messages/{message.pk}", authorization=support).json()
    assert [(one["number"], one["asked_by"].partition(":")[0]) for one in shown["tries"]] == [(1, ""), (2, "staff")]
    assert send("POST", f"/messages/{uuid7()}/resend", {}, authorization=support).status_code == 404


def test_a_suppressed_address_is_not_written_to_until_staff_release_it(support, post):
    transact(
        "notifications",
        lambda: suppress_address(Channel.MAIL, "ann@example.com", SuppressionReason.BOUNCE, detail="550"),
    )
    message = told()
    assert (message.status, len(post.taken)) == ("suppressed", 0)
    (row,) = send("GET", "/suppressions?active=true&address=Ann@example.com", authorization=support).json()["data"]
    assert (row["address"], row["reason"], row["detail"]) == ("ann@example.com", "bounce", "550")
    for _ in range(2):
        released = send("POST", f"/suppressions/{row['id']}/release", {}, authorization=support)
        assert (released.status_code, released.json()["active"]) == (200, False)
    send("POST", f"/messages/{message.pk}/resend", {}, authorization=support)
    send_due_messages()
    assert (Message.objects.get().status, len(post.taken)) == ("sent", 1)
    assert send("GET", "/suppressions?active=maybe", authorization=support).json()["errors"][0]["pointer"] == "/active"


def test_only_those_who_care_for_messages_see_them():
    for path in ("/messages", f"/messages/{uuid7()}", "/suppressions"):
        assert send("GET", path).status_code == 401
        assert send("GET", path, authorization=bearer()).status_code == 403
        assert send("GET", path, authorization=bearer("staff", scopes={"orders:read"})).status_code == 403


def test_a_customer_chooses_what_they_are_told(post):
    person = uuid7()
    me, path = bearer(subject=person), "/me/notification-preferences"
    before = send("GET", path, authorization=me)
    assert before.json()["topics"]["shipping"]["sms"] == {"wanted": True, "mandatory": False}
    body = {"topics": {"shipping": {"mail": False}}}
    after = send("PATCH", path, body, authorization=me, if_match=before["ETag"])
    assert (after.status_code, after.json()["topics"]["shipping"]["mail"]["wanted"]) == (200, False)
    assert after.json()["topics"]["shipping"]["sms"]["wanted"] is True
    assert send("PATCH", path, body, authorization=me, if_match=before["ETag"]).status_code == 412
    hear(shipped(uuid7(), uuid7(), customer_id=person))
    hear(labelled(uuid7(), uuid7(), customer_id=person))
    hear(confirmed(uuid7(), customer_id=person))
    send_due_messages()
    assert sorted(Message.objects.filter(channel="mail").values_list("kind", "status")) == [
        ("order_confirmed", "sent"),
        ("parcel_labelled", "suppressed"),
        ("parcel_shipped", "suppressed"),
    ]
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(
    ("topics", "pointer", "code"),
    [
        ({"orders": {"mail": False}}, "/topics/orders/mail", "mandatory"),
        ({"weather": {"mail": True}}, "/topics/weather", "unknown_topic"),
        ({"account": {"sms": True}}, "/topics/account/sms", "unknown_channel"),
        ({"shipping": {"a/b": True}}, "/topics/shipping/a~1b", "unknown_channel"),
        ({"shipping": True}, "/topics/shipping", "not_a_dict"),
        ({"shipping": {"sms": "no"}}, "/topics/shipping/sms", "invalid"),
        ({"shipping": {"sms": 0}}, "/topics/shipping/sms", "invalid"),
    ],
)
def test_a_wrong_choice_is_refused_by_its_pointer(topics, pointer, code):
    answer = send("PATCH", "/me/notification-preferences", {"topics": topics}, authorization=bearer())
    assert answer.status_code == 422
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_preferences_are_for_customers():
    assert send("GET", "/me/notification-preferences").status_code == 401
