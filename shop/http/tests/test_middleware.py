"""Ids, scope and headers of every request."""

from __future__ import annotations

import io
import json
import logging

import pytest
from django.test import Client

from shop import call
from shop.observability.logs import JsonFormatter

pytestmark = pytest.mark.urls("shop.http.tests.sample")
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def test_a_sane_request_id_is_taken_and_echoed(client: Client):
    response = client.get("/api/v1/echo", headers={"X-Request-Id": "abc_1.2-3"})

    assert response["X-Request-Id"] == "abc_1.2-3"
    assert response.json()["request"] == "abc_1.2-3"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "a\tb", "ä", "<script>"])
def test_any_other_request_id_is_replaced(client: Client, given):
    response = client.get("/api/v1/echo", headers={"X-Request-Id": given})

    assert response["X-Request-Id"] != given
    assert len(response["X-Request-Id"]) == 36


def test_the_trace_of_the_caller_goes_on(client: Client):
    response = client.get("/api/v1/echo", headers={"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"})

    assert response.json()["trace"] == TRACE


NO_PARENT = f"00-{TRACE}-0000000000000000-01"
NO_TRACE = f"00-{'0' * 32}-00f067aa0ba902b7-01"


@pytest.mark.parametrize("given", ["", "nonsense", NO_PARENT, NO_TRACE, f"ff-{TRACE}-x-01"])
def test_a_broken_traceparent_starts_a_new_trace(client: Client, given):
    trace = client.get("/api/v1/echo", headers={"traceparent": given}).json()["trace"]

    assert trace != TRACE
    assert len(trace) == 32


def test_a_request_has_a_deadline_and_leaves_nothing_behind(client: Client):
    assert 14 < client.get("/api/v1/echo").json()["left"] <= 15
    assert call.current().request_id == ""


def test_answers_are_private_and_hardened_by_default(client: Client):
    response = client.get("/api/v1/echo")

    assert response["Cache-Control"] == "private, no-store"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"


def test_both_spellings_of_a_path_are_one_route(client: Client):
    assert client.get("/api/v1/echo/").status_code == 200
    assert client.get("/api/v1/pages/mug/").status_code == 200


def test_api_calls_carry_no_session(client: Client):
    response = client.get("/api/v1/echo", headers={"Cookie": "sessionid=abc"})

    assert not response.cookies
    assert not hasattr(response.wsgi_request, "session")


def test_each_answer_is_one_access_log_line(client: Client, caplog):
    with caplog.at_level(logging.INFO, logger="shop.access"):
        client.get("/api/v1/nowhere?token=x", headers={"X-Request-Id": "r-9"})

    [line] = [record for record in caplog.records if record.name == "shop.access"]
    assert line.getMessage() == "GET /api/v1/nowhere"
    assert line.status == 404
    assert line.ms >= 0


@pytest.fixture
def log():
    """What shop.http writes, as it is written in production."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(JsonFormatter())
    logging.getLogger("shop.http").addHandler(handler)
    yield written
    logging.getLogger("shop.http").removeHandler(handler)


def _break(*_: object) -> None:
    raise RuntimeError("the secret reason")


@pytest.mark.parametrize(
    "place",
    [
        "shop.http.rendering.MsgspecRenderer.render",
        "shop.http.people.Csrf.concerns",
        "shop.http.middleware.bad_request",
    ],
)
def test_a_fault_outside_a_view_is_logged_with_its_traceback_under_the_id_that_is_told(monkeypatch, log, place):
    monkeypatch.setattr(place, _break)
    path = "/api/v1/echo?x=%00" if place.endswith("bad_request") else "/api/v1/echo"
    answer = Client(raise_request_exception=False).get(path, headers={"X-Request-Id": "r-10"})

    assert (answer.status_code, answer.json()["code"], answer.json()["request_id"]) == (500, "server_error", "r-10")
    assert b"secret reason" not in answer.content
    [line] = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (line["message"], line["request_id"]) == ("unexpected error", "r-10")
    assert (line["method"], line["path"]) == ("GET", "/api/v1/echo")
    assert line["exception"].splitlines()[-1] == "RuntimeError: the secret reason"


def test_a_body_in_chunks_is_refused_instead_of_read_as_none(client: Client):
    response = client.post("/api/v1/echo", headers={"Transfer-Encoding": "chunked"})

    assert (response.status_code, response.json()["code"]) == (411, "length_required")
