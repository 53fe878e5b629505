"""A call to another deployment unit: signed, repeated when nobody answered, exactly three outcomes."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from shop import clock
from shop.call import Call, current, scope
from shop.db import transact
from shop.errors import Busy, CallInsideTransaction, DeadlineExceeded, Unavailable
from shop.events import publish
from shop.events.relay import relay
from shop.events.transport import _send_remote
from shop.ports import PORTS, breaker, run, serve
from shop.ports.remote import RemoteBug, ask_remote
from shop.principal import Principal
from shop.tests.sample import api as sample
from shop.tests.sample.contracts import Counted, TooMuch
from shop.tests.sample.models import Counter

pytestmark = pytest.mark.usefixtures("database")
ADD, GET = PORTS["sample", "add"], PORTS["sample", "get_count"]


class Server(ThreadingHTTPServer):
    """The internal endpoint as another unit has it; `answers` are given instead, first come first served."""

    daemon_threads = True
    answers: list[Any]
    calls: list[Any]


class Endpoint(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.calls.append((self.path, dict(self.headers), body))
        _, _, context, port = self.path.split("/")
        given = self.server.answers.pop(0) if self.server.answers else None
        if given == "do it and hang up":
            serve(context, port, dict(self.headers), body)
        if given in {"hang up", "do it and hang up"}:
            self.close_connection = True
            self.connection.close()
            return
        if given == "sleep":
            time.sleep(1.5)
        status, answer = given if isinstance(given, tuple) else serve(context, port, dict(self.headers), body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def finish(self):
        super().finish()
        connections.close_all()  # of this thread, which ends here

    def log_message(self, *args):
        pass


@contextmanager
def serving(server: Server) -> Iterator[None]:
    """It answers meanwhile."""
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def other(settings) -> Iterator[Server]:
    """Another unit that hosts sample and mirror."""
    server = Server(("127.0.0.1", 0), Endpoint)
    server.answers, server.calls = [], []
    breaker.forget()
    settings.SHOP_UNIT = "front"
    settings.SHOP_CALL_KEYS = {"front": ["new key", "old key"]}
    settings.SHOP_CONTEXT_URLS = dict.fromkeys(("sample", "mirror"), f"http://127.0.0.1:{server.server_port}")
    with serving(server):
        yield server


def test_a_command_and_a_query_cross_the_network(other, counter):
    counter()
    key = uuid4()
    with scope(5):
        answers = [ask_remote(ADD, {"key": key, "name": "a", "amount": 3}) for _ in range(2)]
        assert ask_remote(GET, {"name": "a"}) == answers[0] == answers[1]
    assert Counter.objects.get(pk="a").value == 3
    assert other.calls[0][0] == "/internal/sample.v1/add"


def test_a_port_of_a_context_that_is_elsewhere_goes_there(settings, monkeypatch):
    settings.SHOP_CONTEXTS = ("mirror",)
    monkeypatch.setattr("shop.ports.remote.ask_remote", lambda port, arguments: (port.name, arguments))
    answer: Any = sample.get_count(name="a")
    assert answer == ("get_count", {"name": "a"})
    with pytest.raises(CallInsideTransaction):
        transact("mirror", lambda: sample.get_count(name="a"))


def test_a_unit_that_moved_is_found_again_by_its_name(other, counter, settings, monkeypatch):
    counter()
    known, lives_at = socket.getaddrinfo, [other.server_port]

    def look_up(host, port, *more):
        return known("127.0.0.1", lives_at[0], *more) if host == "unit" else known(host, port, *more)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    settings.SHOP_CONTEXT_URLS = {"sample": "http://unit"}
    with scope(5):
        assert ask_remote(ADD, {"key": uuid4(), "name": "a"}).value == 1
        other.answers[:] = ["hang up"]  # on the connection that was kept
        moved = Server(("127.0.0.1", 0), Endpoint)
        moved.answers, moved.calls, lives_at[0] = [], [], moved.server_port
        with serving(moved):
            assert ask_remote(ADD, {"key": uuid4(), "name": "a"}).value == 2
    assert (len(other.calls), len(moved.calls)) == (2, 1)


def test_trace_principal_and_deadline_travel(other, monkeypatch):
    seen: list[Call] = []
    monkeypatch.setitem(vars(GET), "implementation", lambda *, name: seen.append(current()))
    principal = Principal("staff", "7", frozenset({"stock:write"}))
    with scope(5, trace_id="t" * 32, request_id="r", principal=principal), pytest.raises(msgspec.ValidationError):
        ask_remote(GET, {"name": "a"})
    [call] = seen
    assert (call.trace_id, call.request_id, call.principal, call.caller) == ("t" * 32, "r", principal, "front")
    assert call.deadline is not None
    assert 0 < call.deadline - time.monotonic() <= 5


def test_an_error_of_the_contract_is_raised_as_its_own_class(other, counter):
    counter(limit=0)
    with scope(5), pytest.raises(TooMuch) as error:
        ask_remote(ADD, {"key": uuid4(), "name": "a"})
    assert (error.value.detail, error.value.params) == ("a is full.", {"left": 0})
    assert len(other.calls) == 1


@pytest.mark.parametrize("fate", ["hang up", "do it and hang up", (503, b"{}"), (502, b""), (504, b""), (429, b"")])
def test_no_answer_is_asked_again_and_done_once(other, counter, fate):
    counter()
    other.answers[:] = [fate, fate]
    with scope(5):
        assert ask_remote(ADD, {"key": uuid4(), "name": "a"}).value == 1
    assert len(other.calls) == 3
    assert len({headers["X-Shop-Signature"] for _, headers, _ in other.calls}) >= 1
    assert Counter.objects.get(pk="a").value == 1


def test_when_nobody_ever_answers_the_outcome_is_unknown(other):
    other.answers[:] = ["hang up"] * 9
    with scope(5), pytest.raises(Unavailable, match=r"/internal/sample\.v1/get_count"):
        ask_remote(GET, {"name": "a"})
    assert len(other.calls) == 4


def test_a_slow_answer_ends_at_the_deadline(other):
    other.answers[:] = ["sleep"] * 9
    begun = time.monotonic()
    with scope(0.2), pytest.raises(DeadlineExceeded):
        ask_remote(GET, {"name": "a"})
    assert time.monotonic() - begun < 1.2


def test_what_is_outside_the_contract_is_a_bug(other, monkeypatch):
    monkeypatch.setitem(vars(GET), "implementation", lambda *, name: 1 / 0)
    with scope(5), pytest.raises(RemoteBug, match=r"500.*internal error"):
        ask_remote(GET, {"name": "a"})
    monkeypatch.setattr(GET, "encode", lambda arguments: b'{"name": 7}')
    with scope(5), pytest.raises(RemoteBug, match=r"400.*Expected `str`"):
        ask_remote(GET, {"name": "a"})
    assert len(other.calls) == 2


def test_a_port_that_a_unit_of_the_release_before_does_not_know_is_no_crash(other, monkeypatch, caplog):
    """Two are updated one after the other: who asks waits until the other is, and is heard of."""
    monkeypatch.setattr(GET, "name", "get_news")
    with scope(5), pytest.raises(Unavailable, match=r"get_news is not there\.$") as error:
        ask_remote(GET, {"name": "a"})
    assert (error.value.retry_after, len(other.calls)) == (5.0, 1)
    assert "is that unit of the release before?" in caplog.text


def test_a_callee_that_cannot_know_says_so(other, monkeypatch):
    def away(*, name):
        raise Unavailable("The mill does not answer.", retry_after=7)

    monkeypatch.setitem(vars(GET), "implementation", away)
    with scope(5), pytest.raises(Unavailable, match=r"^The mill does not answer\.$") as error:
        ask_remote(GET, {"name": "a"})
    assert (type(error.value), error.value.retry_after, len(other.calls)) == (Unavailable, 7, 4)


def test_a_provider_that_asked_another_unit_to_leave_it_alone_is_left_alone_so_long(other, monkeypatch):
    def busy(*, name):
        raise Busy("Too many requests (429)", retry_after=90)

    monkeypatch.setitem(vars(GET), "implementation", busy)
    with scope(5), pytest.raises(Busy, match=r"^Too many requests \(429\)$") as error:
        ask_remote(GET, {"name": "a"})
    assert (error.value.retry_after, len(other.calls)) == (90, 1)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"error": "older"}', b'{"retry_after": -5}', b'{"retry_after": "soon"}']
)
def test_a_503_that_says_nothing_of_waiting_is_unknown_for_a_second(other, body):
    other.answers[:] = [(503, body)] * 4
    with scope(5), pytest.raises(Unavailable) as error:
        ask_remote(GET, {"name": "a"})
    assert (type(error.value), error.value.retry_after, len(other.calls)) == (Unavailable, 1.0, 4)


def test_events_cross_in_one_post_per_batch(other, seen, monkeypatch):
    def work():
        for value in range(5):
            publish(Counted("a", value), key="a")

    transact("sample", work)
    monkeypatch.setattr("shop.events.relay.send", lambda context, envelopes, seconds: _send_remote(context, envelopes))
    assert relay("sample") == 5
    assert [path for path, _, _ in other.calls] == ["/internal/mirror.v1/events"]
    assert seen() == [("a", value) for value in range(5)]


def test_a_unit_that_is_away_or_wrong_keeps_its_events(other, monkeypatch, seen):
    transact("sample", lambda: publish(Counted("a", 1), key="a"))
    monkeypatch.setattr("shop.events.relay.send", lambda context, envelopes, seconds: _send_remote(context, envelopes))
    other.answers[:] = ["hang up", (500, b"{}"), (401, b"{}")]
    for day in range(3):
        with clock.shifted(timedelta(days=day)):
            assert relay("sample") == 0
    assert len(other.calls) == 3
    assert seen() == []
    with clock.shifted(timedelta(days=4)):
        assert relay("sample") == 1
    assert seen() == [("a", 1)]


def test_the_transport_chooses_by_where_the_context_is(other, settings, monkeypatch):
    from shop.events import transport

    settings.SHOP_CONTEXTS = ("sample",)
    assert run.fakes == {}
    monkeypatch.setattr(transport, "_send_remote", lambda context, envelopes: {"remote": context})
    assert transport.send("mirror", [], seconds=1) == {"remote": "mirror"}


# --- a unit that does not answer ----------------------------------------------------------------------------------


def ask_name(seconds=5.0):
    with scope(seconds):
        return ask_remote(GET, {"name": "a"})


def test_a_unit_that_does_not_answer_is_refused_at_once_until_one_look_finds_it_alive(other, counter, monkeypatch):
    counter()
    at = [1000.0]
    monkeypatch.setattr(breaker.time, "monotonic", lambda: at[0])
    monkeypatch.setattr("shop.call.remaining", lambda: None)
    other.answers[:] = ["hang up"] * breaker.FAILURES
    for _ in range(2):
        with pytest.raises(Unavailable):
            ask_remote(GET, {"name": "a"})
    asked = len(other.calls)
    assert asked == breaker.FAILURES
    with pytest.raises(Unavailable, match="does not answer") as refused:
        ask_remote(GET, {"name": "a"})
    assert (len(other.calls), refused.value.retry_after) == (asked, 1.0)
    at[0] += breaker.LONGEST_PAUSE_SECONDS
    assert ask_remote(GET, {"name": "a"}).name == "a"
    assert ask_remote(GET, {"name": "a"}).name == "a"
    assert len(other.calls) == asked + 2


def test_one_context_that_does_not_answer_leaves_the_door_to_its_neighbours_open(other, monkeypatch):
    monkeypatch.setattr("shop.call.remaining", lambda: None)
    other.answers[:] = ["hang up"] * breaker.FAILURES
    for _ in range(2):
        with pytest.raises(Unavailable):
            ask_remote(GET, {"name": "a"})
    with pytest.raises(Unavailable, match=r"^sample at http://127\.0\.0\.1:\d+ does not answer\.$"):
        ask_remote(GET, {"name": "a"})
    assert _send_remote("mirror", []) == {}


def test_slow_calls_of_one_context_take_no_place_from_its_neighbours(other, monkeypatch):
    monkeypatch.setattr(breaker, "PLACE_SECONDS", 0.01)
    address = f"http://127.0.0.1:{other.server_port}"
    with ExitStack() as stack, scope(5):
        for _ in range(breaker.AT_ONCE):
            stack.enter_context(breaker.gate_of(address, "sample").place())
        with pytest.raises(Unavailable, match="too many at once"):
            ask_remote(GET, {"name": "a"})
        assert _send_remote("mirror", []) == {}


def test_a_refusal_is_a_sign_of_life(other, counter):
    counter()
    for _ in range(2):
        other.answers[:] = [(503, b"{}")] * 4
        with pytest.raises(Unavailable):
            ask_name()
    assert ask_name().name == "a"


def test_an_operator_asks_whether_units_are_reached(other, capsys):
    call_command("reach")
    at = f"http://127.0.0.1:{other.server_port}"
    assert capsys.readouterr().out == f"sample at {at} is reached\nmirror at {at} is reached\n"


@pytest.mark.parametrize(
    ("answer", "told"),
    [((401, b"{}"), "SHOP_CALL_KEYS or the clock"), ((404, b"{}"), "does not host it"), ((500, b"{}"), "answers 500")],
)
def test_an_operator_is_told_why_a_unit_is_not_reached(other, capsys, answer, told):
    other.answers = [answer]
    with pytest.raises(CommandError, match=r"sample cannot be reached"):
        call_command("reach")
    assert told in capsys.readouterr().out


def test_an_operator_is_told_that_nobody_is_there(other, settings, capsys):
    settings.SHOP_CONTEXT_URLS = {"sample": "http://127.0.0.1:9"}
    with pytest.raises(CommandError, match=r"sample cannot be reached"):
        call_command("reach")
    assert "does not answer" in capsys.readouterr().out
