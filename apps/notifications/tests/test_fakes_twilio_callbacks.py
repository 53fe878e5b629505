"""Status callbacks of the fake Twilio: signed so that Twilio's own validator takes them, and troubled on order."""

from __future__ import annotations

import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator

from apps.notifications.fakes.twilio.server import FakeTwilio

from .test_fakes_twilio import ACCOUNT, BUYER, Client, Local, control, send


class Listener:
    """An address that keeps what Twilio tells it, and whether Twilio signed it."""

    def __init__(self):
        self.told, self.forged = [], 0
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                listener.take(dict(parse_qsl(body)), self.headers["X-Twilio-Signature"])
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/sms?message=7"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, params, signature):
        if RequestValidator("right").validate(self.url, params, signature):
            self.told.append(params)
        else:
            self.forged += 1

    def wait(self, count):
        deadline = time.monotonic() + 20
        while len(self.told) + self.forged < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return [params["MessageStatus"] for params in self.told]


@pytest.fixture
def listener():
    made = Listener()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def fake():
    with FakeTwilio(account=ACCOUNT, token="right", pause=0.01) as running:
        yield running


@pytest.fixture
def client(fake):
    return Client(ACCOUNT, "right", http_client=Local(fake.url))


def test_every_state_is_told_signed(client, listener):
    made = send(client, status_callback=listener.url)
    assert listener.wait(3) == ["queued", "sent", "delivered"]
    assert {params["MessageSid"] for params in listener.told} == {made.sid}
    assert listener.told[0]["To"] == BUYER
    assert client.messages(made.sid).fetch().status == "delivered"


@pytest.mark.parametrize(
    ("trouble", "states", "code"),
    [
        ({"undelivered": 1}, ["queued", "sent", "undelivered"], 30003),
        ({"failed": 1, "code": 30007}, ["queued", "failed"], 30007),
    ],
)
def test_what_never_arrives_is_told_with_its_code(client, fake, listener, trouble, states, code):
    control(fake, **trouble)
    made = send(client, status_callback=listener.url)
    assert listener.wait(len(states)) == states
    assert listener.told[-1]["ErrorCode"] == str(code)
    found = client.messages(made.sid).fetch()
    assert (found.status, found.error_code) == (states[-1], code)


@pytest.mark.parametrize(
    ("trouble", "states", "forged"),
    [
        ({"callbacks_lost": 2}, ["delivered"], 0),
        ({"callbacks_doubled": 1}, ["queued", "queued", "sent", "delivered"], 0),
        ({"callbacks_reversed": 1}, ["delivered", "sent", "queued"], 0),
        ({"callbacks_badly_signed": 1}, ["sent", "delivered"], 1),
        ({"callbacks_late": 1, "seconds": 0.1}, ["queued", "sent", "delivered"], 0),
    ],
)
def test_callbacks_are_lost_doubled_reversed_late_and_badly_signed(client, fake, listener, trouble, states, forged):
    control(fake, **trouble)
    send(client, status_callback=listener.url)
    assert (listener.wait(len(states) + forged), listener.forged) == (states, forged)


def test_held_callbacks_wait(client, fake, listener):
    control(fake, callbacks_held=1)
    made = send(client, status_callback=listener.url)
    assert (fake.callbacks.pending(), client.messages(made.sid).fetch().status) == (3, "queued")
    control(fake, callbacks_held=0)
    assert listener.wait(3) == ["queued", "sent", "delivered"]


def test_who_answered_stop_gets_nothing(client, fake):
    for word, sent in (("unsubscribe", False), ("subscribe", True)):
        request = urllib.request.Request(f"{fake.url}/_fake/{word}?to=%2B4915112345678", method="POST")
        with urllib.request.urlopen(request, timeout=5):
            pass
        if sent:
            assert send(client).status == "queued"
        else:
            with pytest.raises(TwilioRestException) as caught:
                send(client)
            assert (caught.value.status, caught.value.code) == (400, 21610)


def test_a_callback_needs_an_address(client):
    with pytest.raises(TwilioRestException) as caught:
        send(client, status_callback="somewhere")
    assert caught.value.code == 21609
