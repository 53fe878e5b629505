"""The switches of the fake Stripe take what is within bounds; anything else is a clear 400, and nothing is switched."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from apps.payments.fakes.stripe import control as controls

from .fake_stripe import client, control, fake
from .test_fake_stripe import ask, opened

__all__ = ["client", "fake"]
NO_SECONDS = ["inf", "-inf", "infinity", "nan", "-1", "3600.1", "1e9", "9" * 5000, "", "soon", "0x10"]
NO_COUNT = ["inf", "nan", "-1", "1.5", "10001", "9" * 5000, "", "1_0", "\u0663", "+1"]
SWITCHES = [
    ("search", {}, "lag", NO_SECONDS),
    ("webhooks", {}, "delay", NO_SECONDS),
    ("faults", {"kind": "delay"}, "seconds", NO_SECONDS),
    ("faults", {"kind": "error"}, "count", [*NO_COUNT, "0"]),
    ("faults", {"kind": "error"}, "status", [*NO_COUNT, "200", "399", "600"]),
    ("faults", {"kind": "error"}, "method", ["PATCHWORK", "get"]),
    ("webhooks", {}, "drop", NO_COUNT),
    ("webhooks", {}, "duplicate", NO_COUNT),
    ("webhooks", {}, "bad_signature", NO_COUNT),
    ("webhooks", {}, "held", ["yes", "", "2", "inf"]),
    ("webhooks", {}, "shuffle", ["yes", "", "2", "inf"]),
]


@pytest.fixture(autouse=True)
def calm(fake):
    control(fake, "reset")


def state(fake):
    return [json.loads(ask(fake, "GET", f"/_fake/{path}")[2]) for path in ("search", "webhooks", "faults")]


def post(fake, path, body, kind="application/x-www-form-urlencoded"):
    status, _, answer = ask(fake, "POST", f"/_fake/{path}", body, {"Content-Type": kind})
    return status, json.loads(answer)


@pytest.mark.parametrize(("path", "more", "name", "values"), SWITCHES, ids=lambda value: value or None)
def test_a_switch_refuses_what_is_out_of_bounds(fake, path, more, name, values):
    before = state(fake)
    for value in values:
        status, answer = post(fake, path, urlencode({**more, name: value}))
        assert (status, answer["error"]["param"]) == (400, name), value
        assert answer["error"]["message"].startswith(f"Invalid {name}: ")
    assert state(fake) == before


@pytest.mark.parametrize(
    "body", [b'{"lag": NaN}', b'{"lag": Infinity}', b'{"lag": [1]}', b'{"lag": null}', b"{}", b"[]"]
)
def test_json_is_held_to_the_same_bounds(fake, body):
    assert post(fake, "search", body, "application/json")[0] == 400


def test_every_switch_is_among_them(fake):
    search, webhooks, _ = state(fake)
    fault = {"kind", "when", "path", *(name for path, _, name, _ in SWITCHES if path == "faults")}
    assert {*search, *webhooks} - {"pending"} == {name for path, _, name, _ in SWITCHES if path != "faults"}
    assert {field.name for field in controls.__dict__["Fault"].__dataclass_fields__.values()} == fault


def test_amounts_and_copies_are_bounded(client, fake):
    intent = opened(client)
    control(fake, f"payment_intents/{intent.id}/pay")
    [event] = client.v1.events.list({"type": "payment_intent.succeeded", "limit": 1}).data
    for amount in ("-1", "inf", "1.5", "9" * 5000):
        status, answer = post(fake, f"payment_intents/{intent.id}/dispute", urlencode({"amount": amount}))
        assert (status, answer["error"]["param"]) == (400, "amount")
    for times in ("0", "-1", "101", "inf", "9" * 5000):
        status, answer = post(fake, f"events/{event.id}/resend", urlencode({"times": times}))
        assert (status, answer["error"]["param"]) == (400, "times")


def test_nothing_that_is_sent_to_a_switch_is_a_bug_of_the_fake(client, fake):
    intent = opened(client)
    paths = ["search", "webhooks", "faults", "reset", "idempotency_keys/expire", f"payment_intents/{intent.id}/pay"]
    names = ["lag", "kind", "when", "path", "key", "payment_method", "endpoints", "result"]
    odd = [b"%s[a]=b", b"%s[]=b", b"%s=\xff", b"%s[a]=b&%s=c", b"%s[", b"%s=%%00"]
    deep = (b"[" * 50_000, "application/json")
    for path in paths:
        assert post(fake, path, *deep)[0] == 400
        for name in names:
            for body in odd:
                assert post(fake, path, body.replace(b"%s", name.encode()))[0] < 500, (path, name, body)
