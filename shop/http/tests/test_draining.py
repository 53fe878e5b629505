"""A web process that will be stopped says so, and lets go of connections and of newcomers."""

from __future__ import annotations

import socket

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import RequestFactory

from shop.http import draining, health
from shop.http.wsgi import Handler


@pytest.fixture(autouse=True)
def told(monkeypatch):
    monkeypatch.setattr(draining, "_draining", False)


def test_a_draining_process_is_not_ready_and_asks_nothing(rf, monkeypatch):
    monkeypatch.setattr(health, "_checks", dict)
    draining.begin()

    response = health.readyz(rf.get("/readyz"))

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert b'"draining"' in response.content


@pytest.mark.parametrize("ends", [False, True])
def test_each_answer_is_the_last_one_of_its_connection_only_while_it_drains(monkeypatch, ends):
    monkeypatch.setattr("django.core.handlers.base.BaseHandler.get_response", lambda *_: HttpResponse(b"x"))
    if ends:
        draining.begin()

    response = Handler().get_response(WSGIRequest(RequestFactory().get("/").environ))

    assert response.headers.get("Connection") == ("close" if ends else None)


def test_the_first_signal_begins_and_the_second_turns_newcomers_away(monkeypatch, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        (tmp_path / str(listening.fileno())).touch()  # not the servers of other tests, which this process has too
        monkeypatch.setattr(draining, "OPEN_FILES", tmp_path)
        early = socket.create_connection(listening.getsockname(), timeout=5)
        draining._told(draining.SIGNAL, None)
        assert draining.is_draining()
        middle = socket.create_connection(listening.getsockname(), timeout=5)

        draining._told(draining.SIGNAL, None)

        with pytest.raises(TimeoutError):
            socket.create_connection(listening.getsockname(), timeout=0.2)
        for one in (early, middle):  # who had come is still served
            accepted, _ = listening.accept()
            one.sendall(b"?")
            assert accepted.recv(1) == b"?"
            accepted.close()
            one.close()
