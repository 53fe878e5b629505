"""What a hostile client sends to the gateway: it neither passes, nor hides, nor is kept for the next one."""

from __future__ import annotations

import http.client
import json
import socket

import pytest

from config.dev.ports import HOST
from config.tests.front import NGINX

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


@pytest.mark.parametrize(
    "path",
    [
        "/internal", "/internal/orders.v1.x", "//internal/orders.v1.x", "/./internal/x", "/x/../internal/y",
        "/%69nternal/x", "/internal%2Fx", "/metrics", "/metrics/", "//metrics", "/%6detrics",
        "/INTERNAL/x", "/%2finternal/x", "/internal./x", "/internal/x/../../api/v1/products", "/Metrics", "/metrics.",
    ],
)  # fmt: skip
def test_what_is_internal_is_closed_however_it_is_spelt(shop, path):
    gate, peer = shop
    for method in ("GET", "POST", "PUT"):
        status, body, headers = gate.ask(method, path)
        assert (status, headers["content-type"]) == (404, "application/problem+json")
        assert json.loads(body)["code"] == "gateway.not_found"
    assert peer.seen == []


@pytest.mark.parametrize(
    ("forged", "path", "accept"),
    [
        (("/api/v1/products?brand=acmeapplication/json", ""), "/api/v1/products?brand=acme", "application/json"),
        (("/api/v1/products?brand=b*/*", ""), "/api/v1/products?brand=b", "*/*"),
        (("/api/v1/products?brand=c%20*/*", "x"), "/api/v1/products?brand=c", "*/* x"),
        (("/api/v1/products?brand=d", "&sort=name"), "/api/v1/products?brand=d&sort=name", ""),
    ],
)
def test_no_other_question_can_be_asked_so_that_its_answer_is_kept_for_this_one(shop, forged, path, accept):
    gate, peer = shop
    peer.headers |= {"Cache-Control": "public, max-age=60"}
    for asked, told in (forged, (path, accept)):
        assert gate.ask("GET", asked, headers={"Accept": told} if told else {})[2]["x-cache"] == "MISS"
    assert [seen for _, seen, _ in peer.seen] == [forged[0], path]


@pytest.mark.parametrize(
    ("first_line", "head", "status"),
    [
        ("POST /api/v1/orders HTTP/1.1", "Transfer-Encoding: identity, chunked", 501),
        ("POST /api/v1/orders HTTP/1.1", "Transfer-Encoding: chunked\r\nContent-Length: 4", 400),
        ("POST /api/v1/orders HTTP/1.1", "Content-Length: 4\r\nContent-Length: 5", 400),
        ("POST /api/v1/orders HTTP/2.5", "Content-Length: 4", 505),
        ("TRACE / HTTP/1.1", "", 405),
    ],
)
def test_what_could_hide_a_second_request_reaches_nobody_and_is_told_in_a_problem_document(
    shop, first_line, head, status
):
    gate, peer = shop
    with socket.create_connection((HOST, gate.port), timeout=40) as connection:
        hidden = "0\r\n\r\nGET /internal/hidden HTTP/1.1\r\nHost: shop\r\n\r\n"
        connection.sendall(f"{first_line}\r\nHost: shop\r\n{head}\r\n\r\n{hidden}".encode())
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        told = json.loads(answer.read())
    assert (answer.status, told["status"], told["code"].partition(".")[0]) == (status, status, "gateway")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert peer.seen == []
