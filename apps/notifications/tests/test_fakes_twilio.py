"""The fake Twilio answers Twilio's own SDK: messages created, found, listed, refused."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import UTC, datetime, timedelta

import pytest
import requests
from twilio.base.exceptions import TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from apps.notifications.fakes.twilio.messages import segments
from apps.notifications.fakes.twilio.server import FakeTwilio

ACCOUNT = "AC" + "0" * 32
SENDER, BUYER = "+15550100123", "+4915112345678"


class Local(TwilioHttpClient):
    """Twilio's client with another host."""

    def __init__(self, url):
        super().__init__(timeout=5, pool_connections=False)
        self.url = url

    def request(self, method, url, *args, **kwargs):
        return super().request(method, url.replace("https://api.twilio.com", self.url), *args, **kwargs)


@pytest.fixture
def fake():
    with FakeTwilio(account=ACCOUNT, token="right") as running:
        yield running


@pytest.fixture
def client(fake):
    return Client(ACCOUNT, "right", http_client=Local(fake.url))


def control(fake, **fields):
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    request = urllib.request.Request(f"{fake.url}/_fake/trouble?{query}", method="POST")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def send(client, **changes):
    return client.messages.create(**{"to": BUYER, "from_": SENDER, "body": "Parcel sent", **changes})


def test_a_message_is_queued_then_delivered(client):
    made = send(client)
    assert (made.sid[:2], len(made.sid), made.status, made.date_sent) == ("SM", 34, "queued", None)
    found = client.messages(made.sid).fetch()
    assert (found.status, found.to, found.from_, found.body) == ("delivered", BUYER, SENDER, "Parcel sent")
    assert abs(found.date_sent - datetime.now(UTC)) < timedelta(seconds=60)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "12345"}, 21211),
        ({"to": "+15005550001"}, 21211),
        ({"to": "+15005550009"}, 21614),
        ({"to": ""}, 21604),
        ({"from_": "+1"}, 21212),
        ({"from_": ""}, 21603),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
    ],
)
def test_what_twilio_refuses_is_refused_with_its_code(client, changes, code):
    with pytest.raises(TwilioRestException) as caught:
        send(client, **changes)
    assert (caught.value.status, caught.value.code) == (400, code)
    assert client.messages.list() == []


@pytest.mark.parametrize(("account", "token"), [(ACCOUNT, "wrong"), ("AC" + "1" * 32, "right")])
def test_a_stranger_is_refused(fake, account, token):
    with pytest.raises(TwilioRestException) as caught:
        send(Client(account, token, http_client=Local(fake.url)))
    assert (caught.value.status, caught.value.code) == (401, 20003)


def test_an_unknown_message_is_not_found(client):
    with pytest.raises(TwilioRestException) as caught:
        client.messages("SM" + "0" * 32).fetch()
    assert (caught.value.status, caught.value.code) == (404, 20404)


def test_messages_are_listed_by_recipient_and_time(client):
    other = "+4915112345679"
    made = [send(client, body=str(number)).sid for number in range(3)]
    send(client, to=other)
    assert [one.sid for one in client.messages.list(to=BUYER)] == made[::-1]
    assert [one.sid for one in client.messages.list(to=BUYER, page_size=1)] == made[::-1]
    now = datetime.now(UTC)
    assert len(client.messages.list(to=BUYER, date_sent_after=now - timedelta(minutes=1))) == 3
    assert client.messages.list(to=BUYER, date_sent_after=now + timedelta(minutes=1)) == []
    assert len(client.messages.list(to=BUYER, limit=2)) == 2


def test_trouble_comes_on_order(client, fake):
    control(fake, fail=1, status=503)
    with pytest.raises(TwilioRestException) as caught:
        send(client)
    assert (caught.value.status, client.messages.list()) == (503, [])
    control(fake, lose_answer=1)
    with pytest.raises(requests.ConnectionError):
        send(client)
    assert len(client.messages.list(to=BUYER)) == 1
    control(fake, undelivered=1)
    lost = client.messages(send(client).sid).fetch()
    assert (lost.status, lost.error_code) == ("undelivered", 30003)


def test_the_page_and_the_api_show_what_was_sent(client, fake):
    send(client, body="<b>Parcel</b>")
    with urllib.request.urlopen(fake.url, timeout=5) as answer:
        assert b"&lt;b&gt;Parcel" in answer.read()
    with urllib.request.urlopen(f"{fake.url}/api/messages?to=%2B4915112345678", timeout=5) as answer:
        assert json.load(answer)["messages"][0]["body"] == "<b>Parcel</b>"
    with urllib.request.urlopen(urllib.request.Request(f"{fake.url}/api/messages", method="DELETE")) as answer:
        assert json.load(answer) == {"deleted": 1}


def test_messages_survive_a_restart(tmp_path):
    for expected in (1, 2):
        with FakeTwilio(data=tmp_path) as fake:
            client = Client(ACCOUNT, "any", http_client=Local(fake.url))
            send(client)
            assert len(client.messages.list()) == expected


def test_long_and_special_texts_take_more_segments():
    assert [segments(text) for text in ("a" * 160, "a" * 161, "ж" * 70, "ж" * 71, "ü" * 160, "€" * 81)] == [
        1,
        2,
        1,
        2,
        1,
        2,
    ]


def test_the_command_listens_and_stops_at_once():
    command = [sys.executable, "-m", "apps.notifications.fakes.twilio", "--port", "0"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "listening on http://127.0.0.1:" in process.stdout.readline()
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert time.monotonic() - begun < 1
    process.stdout.close()


@pytest.mark.parametrize("name", ["fail", "status", "slow", "seconds", "code", "callbacks_late"])
@pytest.mark.parametrize("value", ["inf", "nan", "-1", "100000", "9" * 5000, "", "soon"])
def test_a_switch_refuses_what_is_out_of_bounds(fake, name, value):
    with pytest.raises(urllib.error.HTTPError) as refused:
        control(fake, **{name: value})
    with refused.value:
        assert (refused.value.code, json.load(refused.value)["message"][: len(name) + 9]) == (400, f"Invalid {name}:")
