"""What operators see: health, logs, and the endpoint of the other units."""

from __future__ import annotations

import json
import logging
from functools import partial

import pytest
from celery import Celery
from django.core.cache import close_caches
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connections, reset_queries
from django.test import Client, override_settings

from shop import call, ports
from shop.http import health
from shop.http.connections import check_connections_once, close_broken
from shop.http.icon import icon
from shop.http.middleware import tell_access
from shop.observability.logs import REDACTED, JsonFormatter, TextFormatter, logging_config, redact


def test_a_living_process_says_so_without_asking_anybody(client: Client):
    assert client.get("/healthz").json() == {"status": "ok"}


def test_a_browser_finds_the_icon_and_everybody_may_ask(client: Client):
    response = client.get("/favicon.ico")

    assert (response.status_code, response["Content-Type"], response.content[:4]) == (200, "image/svg+xml", b"<svg")
    assert response["Cache-Control"] == "public, max-age=86400"
    assert client.head("/favicon.ico").content == b""
    refused = client.post("/favicon.ico")
    assert (refused.status_code, refused["Allow"], refused.json()["code"]) == (405, "GET, HEAD", "method_not_allowed")
    assert icon.access.name == "anyone"


@pytest.mark.usefixtures("database")
def test_a_process_is_ready_when_all_that_it_needs_answers(client: Client, settings):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.json()["down"] == []
    assert "database:orders" in response.json()["checked"]
    assert "cache" in response.json()["checked"]


@pytest.mark.usefixtures("database")
def test_what_does_not_answer_is_named(client: Client, monkeypatch):
    def broken():
        raise ConnectionError("refused")

    working = health._checks
    monkeypatch.setattr(health, "_checks", lambda: {**working(), "broker": broken, "cache": broken})

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["down"] == ["broker", "cache"]
    assert response["Retry-After"] == "1"


@override_settings(SHOP_WAKE="celery", SHOP_CONTEXTS=())
def test_a_broker_that_is_not_there_is_down(rf, monkeypatch):
    monkeypatch.setattr(health, "current_app", Celery("test", broker="redis://127.0.0.1:1/0", set_as_current=False))

    assert json.loads(health.readyz(rf.get("/readyz")).content)["down"] == ["broker"]


def test_a_check_that_hangs_does_not_hang_the_answer(client: Client, monkeypatch):
    from threading import Event

    go_on = Event()
    monkeypatch.setattr(health, "SECONDS", 0.05)
    monkeypatch.setattr(health, "_checks", lambda: {"slow": lambda: go_on.wait(5)})

    assert client.get("/readyz").json()["down"] == ["slow"]
    go_on.set()


def test_a_signed_call_goes_to_the_kernel_as_it_came(client: Client, monkeypatch):
    asked = []

    def serve(context, port, headers, body):
        asked.append((context, port, headers["X-Shop-Caller"], body))
        return 409, b'{"code":"x"}'

    monkeypatch.setattr(ports, "serve", serve)

    response = client.post(
        "/internal/catalog.v1/get_offers", b"{}", "application/json", headers={"X-Shop-Caller": "orders"}
    )

    assert asked == [("catalog.v1", "get_offers", "orders", b"{}")]
    assert (response.status_code, response.content) == (409, b'{"code":"x"}')
    assert client.get("/internal/catalog.v1/get_offers").status_code == 405
    assert client.post("/internal/catalog.v1/get_offers", b"x" * 8_400_000, "text/plain").status_code == 413


def record(message: str, *args: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("shop.test", logging.WARNING, "", 0, message, args, None)
    made.__dict__.update(extra)
    return made


def test_a_log_line_carries_the_ids_of_its_call():
    with call.scope(request_id="r-1", trace_id="t-1"):
        line = json.loads(JsonFormatter().format(record("took %s", 5, order="SO-1")))
        text = TextFormatter().format(record("took %s", 5, order="SO-1"))

    assert line | {"time": ""} == {
        "time": "", "level": "warning", "logger": "shop.test", "message": "took 5",
        "request_id": "r-1", "trace_id": "t-1", "order": "SO-1",
    }  # fmt: skip
    assert text.endswith("W shop.test: took 5 request_id=r-1 order=SO-1")


def test_what_a_caller_writes_into_a_path_writes_no_line_of_the_log(caplog):
    forged = "/x/\n00:00:00.000 I shop.access: 200 GET /admin/\x1b[31m\u2028\u202e"
    access = logging.LogRecord("shop.access", logging.INFO, "", 0, "%s %s", ("GET", forged), None)

    for line in (TextFormatter().format(access), TextFormatter().format(record("no such path", path=forged))):
        assert line.isprintable()
        assert r"/x/\n00:00:00.000" in line
        assert r"\x1b[31m\u2028\u202e" in line
    assert "Grüße 🏺" in TextFormatter().format(record("Grüße 🏺"))


def test_a_traceback_is_part_of_its_line():
    made = record("broke")
    try:
        raise RuntimeError("why")
    except RuntimeError as error:
        made.exc_info = (type(error), error, error.__traceback__)

    assert "RuntimeError: why" in json.loads(JsonFormatter().format(made))["exception"]
    assert "RuntimeError: why" in TextFormatter().format(made)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key sk_live_abcd1234 used", "sk_live_abcd1234"),
        ("hook whsec_abcd1234", "whsec_abcd1234"),
        ("sheet pi_1_secret_xyz", "pi_1_secret_xyz"),
        ("Authorization: Bearer abc.def", "abc.def"),
        ("jwt eyJhbGciOi.eyJzdWIi.sig-1", "eyJhbGciOi.eyJzdWIi.sig-1"),
        ("at redis://user:hunter2@host/0", "hunter2"),
    ],
)
def test_secrets_do_not_reach_the_log(text, secret):
    assert secret not in redact(text)
    assert REDACTED in redact(text)
    assert secret not in JsonFormatter().format(record(text))
    assert secret not in TextFormatter().format(record(text))


@pytest.mark.parametrize("name", ["password", "client_secret", "token", "Authorization"])
def test_what_is_called_a_secret_is_not_shown(name):
    assert json.loads(JsonFormatter().format(record("x", **{name: "hunter2"})))[name] == REDACTED


def test_plain_words_are_left_alone():
    assert redact("order SO-7K3M-9QX2 by anna@example.com risk_level pk_live_1") == (
        "order SO-7K3M-9QX2 by anna@example.com risk_level pk_live_1"
    )


def test_the_access_line_has_the_members_of_all_lines(caplog):
    with caplog.at_level(logging.INFO, logger="shop.access"), call.scope(request_id="r-1", trace_id="t-1"):
        tell_access("GET", "/x", 200, 0.01234)
        [made] = caplog.records
        line = json.loads(JsonFormatter().format(made))
        text = TextFormatter().format(made)

    assert line | {"time": ""} == {
        "time": "", "level": "info", "logger": "shop.access", "message": "GET /x",
        "request_id": "r-1", "trace_id": "t-1", "status": 200, "ms": 12.34,
    }  # fmt: skip
    assert text.endswith("I shop.access: 200 GET /x 12.34ms r-1")


def test_the_logging_settings_name_their_formatter():
    assert logging_config("json", "INFO")["formatters"]["line"] == {"()": "shop.observability.logs.JsonFormatter"}
    assert logging_config("text", "DEBUG")["root"]["level"] == "DEBUG"


def test_the_connections_are_looked_at_once_per_request():
    def receivers(signal):
        return [lookup[1]() for lookup in signal.receivers]

    check_connections_once()
    try:
        assert close_old_connections not in receivers(request_started)
        assert close_old_connections not in receivers(request_finished)
        assert close_broken in receivers(request_finished)
    finally:
        request_started.connect(reset_queries)
        request_started.connect(close_old_connections)
        request_finished.disconnect(close_broken, dispatch_uid="shop.http.connections")
        request_finished.connect(close_old_connections)
        request_finished.connect(close_caches)


@pytest.mark.usefixtures("database")
def test_at_the_end_of_a_request_the_connections_of_this_thread_are_looked_at(monkeypatch):
    looked = []
    for alias in ("catalog", "orders"):
        connections[alias].ensure_connection()
        monkeypatch.setattr(connections[alias], "close_if_unusable_or_obsolete", partial(looked.append, alias))

    close_broken()

    assert sorted(looked) == ["catalog", "orders"]
