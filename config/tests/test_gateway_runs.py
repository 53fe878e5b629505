"""What nginx really does with our file, before peers that write down what reaches them."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import ssl
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from config.dev.ports import HOST, free_ports
from config.tests.front import NGINX, Peer

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")
REST_SECONDS = 3.1
"""Of an instance that failed twice: more than 2, in whole seconds of a clock."""
READS, CHANGES, CHANGES_ONCE = ("GET", "HEAD"), ("POST", "PATCH"), ("PUT", "DELETE")


def asked_of(*peers: Peer) -> list[str]:
    return [method for peer in peers for method, _, _ in peer.seen]


def test_a_read_is_answered_by_another_instance_and_a_change_is_never_sent_twice(front):
    sick, well = Peer("die"), Peer()
    gate = front(sick, well)
    for method in (*CHANGES, *CHANGES_ONCE) * 3:
        before = len(asked_of(sick, well))
        status, body, _ = gate.ask(method, "/api/v1/orders", body=b"{}")
        assert len(asked_of(sick, well)) - before <= 1  # none when nginx has put the sick one aside and waits for it
        assert status == 200 or (status == 503 and json.loads(body)["code"] == "gateway.no_answer")
    for _ in range(6):
        assert gate.ask("GET", "/api/v1/orders")[0] == 200
    assert asked_of(sick)  # it was tried, so the test has tried something


def test_no_read_is_lost_while_the_one_instance_that_is_well_is_tried_after_it_had_failed(front):
    back, sick = Peer("die"), Peer()
    gate = front(back, sick)
    while len(back.seen) < 2:  # now nginx leaves it out, and then tries it with one request
        assert gate.ask("GET", "/api/v1/orders")[0] == 200
    back.manner, sick.manner = "slow", "die"
    time.sleep(REST_SECONDS)
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda _: gate.ask("GET", "/api/v1/orders")[0], range(6))) == [200] * 6
    assert sick.seen[-1][0] == "GET"
    assert len(back.seen) >= 2 + 6


def test_an_instance_that_asks_to_come_again_has_answered_and_is_asked_on(front):
    peers = Peer(), Peer()
    gate = front(*peers)
    for _ in range(4):
        for peer in peers:
            peer.manner, peer.headers["Retry-After"] = "busy", "37"
        before = len(asked_of(*peers))
        for method in (*READS, *CHANGES, *CHANGES_ONCE):  # of Stripe, which wants a rest, say
            status, _, headers = gate.ask(method, "/api/v1/orders/1/payment")
            assert (status, headers["retry-after"]) == (503, "37")
        assert len(asked_of(*peers)) - before == 6
        for peer in peers:
            peer.manner = "answer"
        for method in (*READS, *CHANGES, *CHANGES_ONCE):
            assert gate.ask(method, "/api/v1/orders")[0] == 200


def test_a_public_read_that_one_instance_cannot_answer_yet_is_asked_of_another(front):
    builds_its_index, well = Peer("busy"), Peer()
    gate = front(builds_its_index, well)
    for i in range(12):
        assert gate.ask("GET", f"/api/v1/products?q={i}")[0] == 200
    assert len(well.seen) == 12
    assert builds_its_index.seen


def test_what_could_not_be_sent_is_sent_to_another_instance(front):
    with socket.socket() as closed:
        closed.bind((HOST, 0))
        well = Peer()
        gate = front(f"{HOST}:{closed.getsockname()[1]}", well)
        for method in (*READS, *CHANGES) * 4:
            assert gate.ask(method, "/api/v1/orders", body=b"{}" if method in CHANGES else b"")[0] == 200
    assert len(well.seen) == 16


def test_with_no_instance_left_it_is_a_problem_document_that_says_when_to_come_back(front):
    with socket.socket() as closed:
        closed.bind((HOST, 0))
        gate = front(f"{HOST}:{closed.getsockname()[1]}")
        for method in ("GET", "POST", "PUT"):
            status, body, headers = gate.ask(method, "/api/v1/orders", body=b"{}" if method != "GET" else b"")
            assert (status, headers["content-type"], headers["retry-after"]) == (503, "application/problem+json", "1")
            assert json.loads(body)["code"] == "gateway.no_answer"


def test_connections_to_an_instance_are_kept(front):
    peer = Peer()
    gate = front(peer)
    for _ in range(10):
        assert gate.ask("GET", "/api/v1/orders")[0] == 200
    assert len(peer.connections) == 1


def test_a_client_is_who_it_is_unless_a_trusted_proxy_says_so(front):
    peer = Peer()
    told = {"X-Forwarded-For": "6.6.6.6, 203.0.113.9"}
    front(peer).ask("GET", "/api/v1/orders", headers=told)
    trusting = f"set_real_ip_from {HOST}; real_ip_header X-Forwarded-For; real_ip_recursive on;"
    front(peer, extra=trusting).ask("GET", "/api/v1/orders", headers=told)
    assert [headers["X-Forwarded-For"] for _, _, headers in peer.seen] == [HOST, "203.0.113.9"]


@pytest.mark.parametrize("host", ["shop.example", "shop.example:8443"])
def test_the_host_is_the_one_that_was_asked_with_its_port(shop, host):
    gate, peer = shop
    gate.ask("GET", "/api/v1/orders", headers={"Host": host})
    assert peer.seen[0][2]["Host"] == host


def test_what_is_public_is_kept_and_asked_again_by_its_tag(shop):
    gate, peer = shop
    peer.headers |= {"Cache-Control": "public, max-age=1", "ETag": '"1"'}
    seen = [gate.ask("GET", "/api/v1/products?kept=1") for _ in range(3)]
    assert [headers["x-cache"] for _, _, headers in seen] == ["MISS", "HIT", "HIT"]
    assert len(peer.seen) == 1
    assert gate.ask("GET", "/api/v1/products?kept=1", headers={"If-None-Match": '"1"'})[0] == 304
    end = time.monotonic() + 20
    while len(peer.seen) < 2 and time.monotonic() < end:
        time.sleep(0.1)
        gate.ask("GET", "/api/v1/products?kept=1")
    assert peer.seen[1][2]["If-None-Match"] == '"1"'


def test_what_was_replaced_is_not_answered_any_more_though_its_file_was_kept_open(shop):
    gate, peer = shop
    first, second = b'{"ok":true}', b'{"ok":"again"}'
    peer.headers |= {"Cache-Control": "public, max-age=1"}
    seen: list[tuple[str, bytes]] = []
    end = time.monotonic() + 20
    while seen[-3:] != [("HIT", second)] * 3 and time.monotonic() < end:
        asked_again = len(peer.seen) > 1
        _, body, headers = gate.ask("GET", "/api/v1/products?replaced=1")
        seen.append((headers["x-cache"], body))
        assert not asked_again or seen[-1] != ("HIT", first)
        peer.body = second
        time.sleep(0.05)
    assert ("HIT", first) in seen
    assert seen[-1] == ("HIT", second)


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({"Authorization": "Bearer x"}, {}),
        ({"Cookie": "sessionid=x"}, {}),
        ({}, {"Set-Cookie": "a=b"}),
        ({}, {"Cache-Control": "private, max-age=60"}),
        ({}, {"Cache-Control": "no-store"}),
    ],
)
def test_what_is_personal_is_never_kept(shop, asked, answered):
    gate, peer = shop
    path = f"/api/v1/products?of={len(asked)}{''.join(answered.values())[:7].replace(' ', '')}{''.join(asked)}"
    peer.headers |= {"Cache-Control": "public, max-age=60"} | answered
    for _ in range(2):
        assert gate.ask("GET", path, headers=asked)[0] == 200
    assert len(peer.seen) == 2
    gate.ask("GET", path)
    assert len(peer.seen) == 3


def test_only_the_catalogue_is_kept(shop):
    gate, peer = shop
    peer.headers |= {"Cache-Control": "public, max-age=60"}
    for _ in range(2):
        gate.ask("GET", "/api/v1/countries")
    assert len(peer.seen) == 2


def test_what_is_kept_is_answered_while_the_catalogue_is_away(front):
    peer = Peer()
    peer.headers |= {"Cache-Control": "public, max-age=1", "ETag": '"1"'}
    gate = front(peer)
    assert gate.ask("GET", "/api/v1/products")[0] == 200
    peer.shutdown()
    peer.server_close()
    time.sleep(1.2)
    for _ in range(3):
        status, body, _ = gate.ask("GET", "/api/v1/products")
        assert (status, body) == (200, b'{"ok":true}')


def test_long_answers_are_compressed_problems_too_and_short_ones_are_not(shop):
    gate, peer = shop
    for kind in ("application/json", "application/problem+json"):
        peer.headers["Content-Type"], peer.body = kind, b'{"a":"' + b"x" * 4000 + b'"}'
        _, body, headers = gate.ask("GET", "/api/v1/orders", headers={"Accept-Encoding": "gzip"})
        assert headers["content-encoding"] == "gzip"
        assert "accept-encoding" in headers["vary"].lower()
        assert gzip.decompress(body) == peer.body
    peer.body = b"{}"
    assert "content-encoding" not in gate.ask("GET", "/api/v1/orders", headers={"Accept-Encoding": "gzip"})[2]


def test_a_request_id_is_taken_over_if_it_is_a_sane_one(shop):
    gate, peer = shop
    for told in ("0190-sane-id", "evil\tid", "x" * 200):
        gate.ask("GET", "/api/v1/orders", headers={"X-Request-Id": told})
    first, *made = [headers["X-Request-Id"] for _, _, headers in peer.seen]
    assert first == "0190-sane-id"
    assert [len(one) for one in made] == [36, 36]


def test_too_much_is_refused_with_a_problem_document(shop):
    gate, peer = shop
    cases = {
        413: lambda: gate.ask("POST", "/api/v1/orders", headers={"Content-Length": str(11 << 20)}),
        414: lambda: gate.ask("GET", "/api/v1/products?q=" + "x" * 70_000),
        431: lambda: gate.ask("GET", "/api/v1/products", headers={"X-Long": "x" * 70_000}),
    }
    for status, ask in cases.items():
        found, body, headers = ask()
        assert (found, headers["content-type"]) == (status, "application/problem+json")
        assert json.loads(body)["status"] == status
    assert peer.seen == []


def test_one_address_may_read_what_is_kept_much_more_often_than_the_rest(front):
    peer = Peer()
    gate = front(peer)
    peer.headers |= {"Cache-Control": "public, max-age=60"}
    connection = http.client.HTTPConnection(HOST, gate.port, timeout=40)

    def statuses(path: str) -> list[int]:
        found = []
        for _ in range(700):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            found.append(answer.status)
        connection.close()
        return found

    assert set(statuses("/api/v1/products")) == {200}
    begun = time.monotonic()
    refused = statuses("/api/v1/orders").count(429)
    assert refused or (time.monotonic() - begun) * 200 + 400 >= 700  # a machine too slow to be too fast


def test_tls_is_two_lines(front, tmp_path):
    key, certificate = tmp_path / "tls.key", tmp_path / "tls.crt"
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    named = ["-days", "1", "-subj", "/CN=localhost", "-keyout", key, "-out", certificate]
    subprocess.run([*make, *named], check=True, capture_output=True)
    peer = Peer()
    [port] = free_ports(1)
    front(peer, extra=f"listen {HOST}:{port} ssl;\nssl_certificate {certificate}; ssl_certificate_key {key};\n")
    trusting = ssl.create_default_context(cafile=str(certificate))
    trusting.check_hostname = False
    connection = http.client.HTTPSConnection(HOST, port, timeout=30, context=trusting)
    connection.request("GET", "/api/v1/orders")
    assert connection.getresponse().status == 200
    connection.close()
    assert peer.seen[0][2]["X-Forwarded-Proto"] == "https"
