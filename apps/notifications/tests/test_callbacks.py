"""News of carriers: signed or refused, noted once, only forwards; a bounced address is not written to again."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.test import Client
from twilio.request_validator import RequestValidator

from apps.notifications.models import Attempt, Message, News, Suppression
from apps.notifications.rules import attempt_id
from apps.notifications.tasks import send_due_messages
from apps.notifications.tests.events import confirmed, hear
from shop.ids import uuid7

pytestmark = pytest.mark.usefixtures("database", "post")
SECRET = "s" * 32
TOKEN = "token-of-twilio"


@pytest.fixture(autouse=True)
def keys(settings):
    settings.MAIL_WEBHOOK_SECRET = SECRET
    settings.TWILIO = SimpleNamespace(account_sid="AC1", auth_token=TOKEN, sender="+15550100", api_base="")


def sent() -> Message:
    hear(confirmed(uuid7()))
    send_due_messages()
    message: Message = Message.objects.get(channel="mail")
    return message


# --- mail ---


def tell(*events, secret=SECRET, at=None, body=None):
    raw = json.dumps({"events": list(events)}).encode() if body is None else body
    at = int(time.time()) if at is None else at
    signature = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
    return Client().post(
        "/api/v1/webhooks/mail",
        raw,
        content_type="application/json",
        headers={"Shop-Signature": f"t={at},v1={signature}"},
    )


def bounce(**changes):
    return {"type": "bounce", "recipient": "Ann@example.com", "permanent": True, "detail": "550", **changes}


def test_an_address_that_bounced_is_not_written_to_again(post):
    message = sent()
    attempt = Attempt.objects.get(message_id=message.pk)
    for _ in range(2):
        assert tell(bounce(message_id=attempt.reference)).json() == {"received": True}
    row = Suppression.objects.get()
    assert (row.address, row.reason, row.active) == ("ann@example.com", "bounce", True)
    message.refresh_from_db()
    attempt.refresh_from_db()
    assert (message.status, attempt.delivery) == ("undelivered", "bounced")
    hear(confirmed(uuid7()))
    send_due_messages()
    assert (len(post.taken), Message.objects.filter(status="suppressed").count()) == (1, 1)


def test_a_mail_that_came_back_for_now_suppresses_nothing():
    tell(bounce(permanent=False))
    tell({"type": "delivered", "recipient": "ann@example.com"})
    assert not Suppression.objects.exists()


@pytest.mark.parametrize(("secret", "seconds"), [("x" * 32, 0), (SECRET, -900), (SECRET, 900)])
def test_news_of_mails_that_are_not_signed_or_are_old_are_refused(secret, seconds):
    answer = tell(bounce(), secret=secret, at=int(time.time()) + seconds)
    assert (answer.status_code, answer.json()["code"]) == (403, "notifications.bad_signature")
    assert not Suppression.objects.exists()


@pytest.mark.parametrize("header", ["", "t=,v1=", "t=1", "v1=00", "t=\u0661,v1=00", "t=9999999999999,v1=é"])
def test_a_garbled_signature_is_refused_and_no_error(header):
    answer = Client().post("/api/v1/webhooks/mail", b"{}", "application/json", headers={"Shop-Signature": header})
    assert answer.status_code == 403


def test_without_a_secret_nobody_may_tell(settings):
    settings.MAIL_WEBHOOK_SECRET = ""
    assert tell(bounce(), secret="").status_code == 403


def test_wrong_news_are_refused_by_their_field():
    answer = tell(bounce(type="opened"))
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/events/0/type")
    assert tell(body=b"not json").status_code == 400


# --- Twilio ---


def news(status, *, sid="SM1", message=None, attempt=None, token=TOKEN, told_to="", **more):
    query = urlencode({name: value for name, value in (("message", message), ("attempt", attempt)) if value})
    path = f"/api/v1/webhooks/twilio?{query}".rstrip("?")
    form = {"MessageSid": sid, "MessageStatus": status, **more}
    signature = RequestValidator(token).compute_signature("http://127.0.0.1:8000" + path, form)
    return Client().post(
        told_to or path,
        urlencode(form),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )


@pytest.fixture
def texted(settings):
    """A text message that Twilio has taken as SM1."""
    settings.SHOP_PUBLIC_URL = "http://127.0.0.1:8000"
    message = sent()
    Message.objects.filter(pk=message.pk).update(channel="sms", recipient="+15550100")
    Attempt.objects.filter(message_id=message.pk).update(reference="SM1")
    return message


def state(message):
    message.refresh_from_db()
    return message.status, Attempt.objects.get(message_id=message.pk).delivery


def test_what_becomes_of_a_text_message_is_noted_and_never_goes_backwards(texted):
    for word in ("sent", "delivered", "delivered", "sent", "queued"):
        assert news(word).json() == {"received": True}
    assert state(texted) == ("delivered", "delivered")
    assert sorted(News.objects.values_list("word", flat=True)) == ["delivered", "queued", "sent"]


def test_a_text_message_that_did_not_arrive_is_told_with_twilios_code(texted):
    news("undelivered", ErrorCode="30005")
    assert state(texted) == ("undelivered", "undelivered")
    assert texted.last_error == "undelivered 30005"


@pytest.mark.parametrize(
    ("word", "code", "reasons"),
    [
        ("failed", "21610", ["opted_out"]),
        ("undelivered", "30006", ["bounce"]),
        ("undelivered", "30003", []),  # switched off for now
        ("sent", "30006", []),
    ],
)
def test_a_callback_about_the_number_itself_suppresses_it_once(texted, word, code, reasons):
    for _ in range(2):
        assert news(word, ErrorCode=code).status_code == 200
    assert list(Suppression.objects.values_list("reason", flat=True)) == reasons
    Suppression.objects.update(active=False)
    news(word, ErrorCode=code)
    assert not Suppression.objects.filter(active=True).exists()  # old news undo no release


def test_news_that_is_faster_than_our_own_note_finds_its_message(texted):
    Attempt.objects.filter(message_id=texted.pk).update(reference="")
    assert news("delivered", sid="SM9", message=texted.pk).status_code == 200
    assert (state(texted), Attempt.objects.get().reference) == (("delivered", "delivered"), "SM9")


def again(message):
    """Staff want it once more, and the answer to the first try of that round is lost, too."""
    Attempt.objects.filter(message_id=message.pk).update(reference="", outcome="failed")
    row = Attempt(id=attempt_id(message.pk, 2), message_id=message.pk, number=2, round=1)
    row.save(force_insert=True)
    Message.objects.filter(pk=message.pk).update(attempts=2, round=1)


def deliveries(message):
    rows = Attempt.objects.filter(message_id=message.pk).order_by("number")
    return list(rows.values_list("number", "reference", "delivery"))


def test_news_of_an_unknown_text_are_of_the_try_that_the_address_names(texted):
    again(texted)
    assert news("delivered", sid="SM9", message=texted.pk, attempt=1).status_code == 200
    assert deliveries(texted) == [(1, "SM9", "delivered"), (2, "", "")]
    texted.refresh_from_db()
    assert texted.status == "sent"  # what staff want once more is not there by that
    assert news("undelivered", sid="SM10", message=texted.pk, attempt=2, ErrorCode="30005").status_code == 200
    assert deliveries(texted) == [(1, "SM9", "delivered"), (2, "SM10", "undelivered")]
    texted.refresh_from_db()
    assert (texted.status, texted.last_error) == ("undelivered", "undelivered 30005")


def test_a_later_try_that_found_the_text_sent_already_has_the_news_of_the_try_that_sent_it(texted):
    again(texted)
    Attempt.objects.filter(number=2).update(round=0, reference="SM9")
    assert news("delivered", sid="SM9", message=texted.pk, attempt=1).status_code == 200
    assert deliveries(texted) == [(1, "SM9", ""), (2, "SM9", "delivered")]


def test_a_text_that_was_taken_for_a_twin_with_the_same_words_is_told_of_its_own_message(texted):
    twin = Message.objects.get(pk=texted.pk)
    twin.pk = uuid7()
    twin.save(force_insert=True)
    Attempt(id=attempt_id(twin.pk, 1), message_id=twin.pk, number=1).save(force_insert=True)
    assert news("delivered", message=twin.pk, attempt=1).status_code == 200
    assert deliveries(twin) == [(1, "SM1", "delivered")]
    assert state(texted) == ("sent", "")


def test_news_whose_address_is_that_of_another_text_change_nothing_and_are_logged(texted, caplog):
    refused = news("delivered", sid="SM9", message=texted.pk, attempt=1)
    assert (refused.status_code, refused.json()["code"]) == (404, "notifications.unknown_reference")
    assert news("delivered", message=texted.pk, attempt=7).status_code == 404
    stranger = uuid7()
    assert news("delivered", message=stranger, attempt=1).status_code == 404
    assert deliveries(texted) == [(1, "SM1", "")]
    assert not News.objects.exists()
    assert [record.getMessage() for record in caplog.records if "name try" in record.getMessage()] == [
        f"News of SM9 name try 1 of message {texted.pk}, which has the reference SM1",
        f"News of SM1 name try 7 of message {texted.pk}, which is not known",
        f"News of SM1 name try 1 of message {stranger}, which is not known",
    ]


def test_the_signature_is_of_the_whole_address(texted):
    again(texted)
    path = f"/api/v1/webhooks/twilio?message={texted.pk}"
    for other in (f"{path}&attempt=2", path, f"{path}&attempt=1&attempt=2", "/api/v1/webhooks/twilio"):
        refused = news("delivered", message=texted.pk, attempt=1, told_to=other)
        assert (refused.status_code, refused.json()["code"]) == (403, "notifications.bad_signature")
    assert deliveries(texted) == [(1, "", ""), (2, "", "")]


@pytest.mark.parametrize("attempt", ["x", "-1", "1.0", "٣", "9" * 30])
def test_a_try_that_is_no_number_names_none(texted, attempt):
    Attempt.objects.filter(message_id=texted.pk).update(reference="")
    assert news("delivered", sid="SM9", message=texted.pk, attempt=attempt).status_code == 200
    assert state(texted) == ("delivered", "delivered")


def test_news_that_are_not_signed_by_twilio_are_refused(texted):
    refused = news("delivered", token="another")
    assert (refused.status_code, refused.json()["code"]) == (403, "notifications.bad_signature")
    assert state(texted) == ("sent", "")


def test_a_message_that_is_not_ours_is_not_found(texted):
    assert news("delivered", sid="SM404").status_code == 404
    assert news("delivered", sid="SM404", message="x").status_code == 404


def test_without_twilio_nobody_may_tell(texted, settings):
    settings.TWILIO = None
    assert news("delivered").status_code == 403
