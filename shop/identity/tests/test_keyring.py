"""A process without accounts verifies with what accounts publishes: fetched seldom, and never in a hurry."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.test import override_settings

from shop.errors import Unavailable
from shop.identity import keyring as module
from shop.identity.keyring import RemoteKeys, keyring
from shop.identity.keys import public_jwk, signing_keys
from shop.identity.tokens import read_access_token
from shop.testing.races import at_once
from shop.testing.tokens import bearer

ONE, TWO = signing_keys((bytes(range(32)), bytes(range(32, 64))))
EC_KEY = {"kty": "EC", "crv": "P-256", "kid": "ec", "x": "a", "y": "b"}


def document(*keys):
    return {"keys": [EC_KEY, *(public_jwk(key.private.public_key()) for key in keys)]}


class Publisher:
    """A JWKS address whose document can be changed."""

    def __init__(self):
        self.body, self.status, self.asked = json.dumps(document(ONE)).encode(), 200, 0
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                publisher.asked += 1
                self.send_response(publisher.status)
                self.send_header("Content-Length", str(len(publisher.body)))
                self.end_headers()
                self.wfile.write(publisher.body)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks.json"

    def publish(self, *keys):
        self.body = json.dumps(document(*keys)).encode()


@pytest.fixture
def publisher():
    one = Publisher()
    yield one
    one.server.shutdown()
    one.server.server_close()


@pytest.fixture
def time(monkeypatch):
    """The monotonic clock of the keyring, to be moved."""
    now = [1000.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])

    def move(seconds):
        now[0] += seconds

    return move


def test_keys_are_fetched_once_and_kept(publisher, time):
    keys = RemoteKeys(publisher.url)

    assert keys.find(ONE.kid).public_bytes_raw() == ONE.private.public_key().public_bytes_raw()
    time(299)
    assert keys.find(ONE.kid)
    assert publisher.asked == 1


def test_an_unknown_kid_is_looked_for_at_once(publisher, time):
    keys = RemoteKeys(publisher.url)
    keys.find(ONE.kid)
    publisher.publish(TWO, ONE)
    time(5)

    assert keys.find(TWO.kid)
    assert publisher.asked == 2


def test_garbage_kids_do_not_hammer_the_publisher(publisher, time):
    keys = RemoteKeys(publisher.url)
    for number in range(200):
        assert keys.find(f"garbage-{number}") is None
        time(0.1)

    assert publisher.asked == 4
    assert keys.find(ONE.kid)


def test_a_key_that_is_taken_away_is_refused_within_five_minutes(publisher, time):
    keys = RemoteKeys(publisher.url)
    assert keys.find(ONE.kid)
    publisher.publish(TWO)
    time(300)

    assert keys.find(ONE.kid) is None


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, b"{}"), (200, b"<html>"), (200, b"[]"), (200, b'{"keys": [{"kty": "OKP", "crv": "Ed25519"}]}')],
)
def test_a_publisher_in_trouble_is_bridged_for_an_hour(publisher, time, status, body):
    keys = RemoteKeys(publisher.url)
    keys.find(ONE.kid)
    publisher.status, publisher.body = status, body
    time(3599)
    assert keys.find(ONE.kid)
    time(1)
    with pytest.raises(Unavailable):
        keys.find(ONE.kid)


def test_while_the_publisher_is_in_trouble_nobody_is_told_that_a_new_key_is_wrong(publisher, time):
    keys = RemoteKeys(publisher.url)
    keys.find(ONE.kid)
    publisher.publish(TWO, ONE)
    publisher.status = 503
    time(5)

    for _ in range(2):  # also who comes too soon for another fetch
        with pytest.raises(Unavailable):
            keys.find(TWO.kid)
    assert keys.find(ONE.kid)
    publisher.status = 200
    time(5)
    assert keys.find(TWO.kid)


def test_without_any_keys_nobody_is_told_that_their_token_is_wrong():
    keys = RemoteKeys("http://127.0.0.1:9/jwks.json")

    with pytest.raises(Unavailable):
        keys.find(ONE.kid)


def test_twenty_at_once_fetch_once(publisher):
    keys = RemoteKeys(publisher.url)

    found = at_once(*[lambda: keys.find(ONE.kid) for _ in range(20)])

    assert all(not isinstance(one, BaseException) and one is not None for one in found)
    assert publisher.asked == 1


def test_a_process_without_accounts_verifies_by_address_or_by_document(publisher):
    with override_settings(SHOP_TOKEN_KEYS=(bytes(range(32)),)):
        token = bearer("staff", scopes=["orders:read"]).removeprefix("Bearer ")

    for jwks in (publisher.url, json.dumps(document(ONE))):
        with override_settings(SHOP_TOKEN_KEYS=(), SHOP_TOKEN_JWKS=jwks):
            assert read_access_token(token).principal.scopes == {"orders:read"}
            assert keyring().find("ec") is None
