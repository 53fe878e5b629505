"""Deliveries of the fake Stripe: signed, repeated until taken, kept over a restart, and troubled on order."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import stripe

from apps.payments.fakes.stripe.deliveries import Pace
from apps.payments.fakes.stripe.server import FakeStripe, Options

NEW = {"amount": 1999, "currency": "eur"}


class Receiver:
    """A shop's webhook address that keeps what it takes, and can refuse."""

    def __init__(self):
        self.events, self.forged, self.refuse = [], 0, 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(receiver.take(body, self.headers["Stripe-Signature"]))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            request_queue_size = 64

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/hook?from=stripe"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def take(self, body, signature):
        if self.refuse:
            self.refuse -= 1
            return 503
        try:
            self.events.append(stripe.Webhook.construct_event(body, signature, "whsec_shop"))
        except stripe.SignatureVerificationError:
            self.forged += 1
            return 400
        return 200

    def types(self):
        return sorted(event.type for event in self.events)

    def wait(self, count, seconds=5.0):
        deadline = time.monotonic() + seconds
        while len(self.events) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.types()


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def options(receiver, **changes):
    return Options(webhook_url=receiver.url, pace=Pace(base=0.02, cap=0.1), **changes)


@pytest.fixture
def fake(receiver):
    with FakeStripe(options(receiver)) as running:
        yield running


@pytest.fixture
def client(fake):
    return client_of(fake.url)


def client_of(url):
    return stripe.StripeClient("sk_test_shop", base_addresses={"api": url}, max_network_retries=0)


def control(fake, path, **fields):
    request = urllib.request.Request(f"{fake.url}/_fake/{path}", urllib.parse.urlencode(fields).encode())
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def pay(fake, intent):
    return control(fake, f"payment_intents/{intent.id}/pay")


def test_a_purchase_is_told_in_signed_events(client, fake, receiver):
    intent = client.v1.payment_intents.create(NEW, {"idempotency_key": "pi-1"})
    pay(fake, intent)
    client.v1.refunds.create({"payment_intent": intent.id})
    assert receiver.wait(6) == [
        "charge.refunded",
        "charge.succeeded",
        "payment_intent.created",
        "payment_intent.succeeded",
        "refund.created",
        "refund.updated",
    ]
    [created] = [event for event in receiver.events if event.type == "payment_intent.created"]
    assert (created.api_version, created.request.idempotency_key) == ("2026-10-28.endive", "pi-1")
    assert (created.data.object.id, created.data.object.status) == (intent.id, "requires_payment_method")


def test_an_event_is_sent_again_until_it_is_taken(client, receiver):
    receiver.refuse = 3
    client.v1.payment_intents.create(NEW)
    assert receiver.wait(1) == ["payment_intent.created"]
    time.sleep(0.2)
    assert (receiver.refuse, len(receiver.events)) == (0, 1)
    [event] = client.v1.events.list({"type": "payment_intent.*"}).data
    assert event.pending_webhooks == 0


def test_held_events_wait_for_release(client, fake, receiver):
    control(fake, "webhooks/hold")
    client.v1.payment_intents.create(NEW)
    time.sleep(0.2)
    assert receiver.events == []
    assert fake.dispatcher.pending() == 1
    control(fake, "webhooks/release")
    assert receiver.wait(1) == ["payment_intent.created"]


def test_events_are_lost_doubled_and_badly_signed_on_order(client, fake, receiver):
    control(fake, "webhooks", drop=1)
    client.v1.payment_intents.create(NEW)
    time.sleep(0.2)
    assert receiver.events == []
    control(fake, "webhooks", duplicate=1)
    client.v1.payment_intents.create(NEW)
    assert receiver.wait(2) == ["payment_intent.created"] * 2
    assert receiver.events[0].id == receiver.events[1].id
    control(fake, "webhooks", bad_signature=1)
    client.v1.payment_intents.create(NEW)
    receiver.wait(3)
    assert (receiver.forged, len(receiver.events)) == (1, 3)


def test_one_event_can_be_sent_ten_times_at_once(client, fake, receiver):
    client.v1.payment_intents.create(NEW)
    receiver.wait(1)
    assert control(fake, f"events/{receiver.events[0].id}/resend", times=10) == {"deliveries": 10}
    receiver.wait(11)
    assert [event.id for event in receiver.events] == [receiver.events[0].id] * 11


def test_endpoints_of_the_api_have_their_own_secret_and_events(client, fake):
    other = Receiver()
    endpoint = client.v1.webhook_endpoints.create({"url": other.url, "enabled_events": ["payment_intent.succeeded"]})
    assert endpoint.secret.startswith("whsec_")
    assert "secret" not in client.v1.webhook_endpoints.retrieve(endpoint.id).to_dict()
    pay(fake, client.v1.payment_intents.create(NEW))
    deadline = time.monotonic() + 5
    while not other.forged and time.monotonic() < deadline:
        time.sleep(0.01)
    assert other.forged >= 1  # signed with its own secret, which the receiver of these tests does not know
    assert client.v1.webhook_endpoints.delete(endpoint.id).deleted is True
    assert endpoint.id not in [one.id for one in client.v1.webhook_endpoints.list().data]
    other.server.shutdown()
    other.server.server_close()


def test_a_restart_keeps_intents_answers_and_pending_deliveries(receiver, tmp_path):
    kept = tmp_path / "stripe.sqlite3"
    with FakeStripe(options(receiver, data=kept)) as first:
        control(first, "webhooks/hold")
        made = client_of(first.url).v1.payment_intents.create(NEW, {"idempotency_key": "pi-1"})
    assert receiver.events == []
    with FakeStripe(options(receiver, data=kept)) as second:
        client = client_of(second.url)
        assert client.v1.payment_intents.retrieve(made.id).client_secret == made.client_secret
        assert client.v1.payment_intents.create(NEW, {"idempotency_key": "pi-1"}).id == made.id
        assert receiver.wait(1) == ["payment_intent.created"]
        assert len(client.v1.webhook_endpoints.list().data) == 1


def started(*arguments):
    process = subprocess.Popen(
        [sys.executable, "-m", "apps.payments.fakes.stripe", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "error"},
    )
    assert process.stdout is not None
    found = re.search(r"listening on (\S+)", process.stdout.readline())
    assert found is not None
    return process, found[1]


def test_the_command_listens_survives_a_kill_and_stops_at_once(tmp_path):
    kept = str(tmp_path / "stripe.sqlite3")
    process, url = started("--data", kept)
    made = client_of(url).v1.payment_intents.create(NEW)
    process.kill()
    process.wait(5)
    process.stdout.close()
    process, url = started("--data", kept)
    assert client_of(url).v1.payment_intents.retrieve(made.id).id == made.id
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    assert time.monotonic() - begun < 1
    process.stdout.close()


def test_the_fake_loads_neither_django_nor_the_shop():
    code = (
        "import sys, apps.payments.fakes.stripe.__main__;"
        "print([name for name in sys.modules if name.split('.')[0] in {'django', 'shop', 'config', 'stripe'}])"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"
