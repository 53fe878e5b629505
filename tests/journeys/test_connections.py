"""A connection that a refusal may have ended says so; any other is good for the next request."""

from __future__ import annotations

import socket
from typing import Self
from urllib.parse import urlsplit

from tests.harness.shop import Shop

SECONDS = 30


class Wire:
    """One connection, read byte by byte."""

    def __init__(self, shop: Shop) -> None:
        where = urlsplit(shop.url)
        self.host = where.netloc
        self.socket = socket.create_connection((where.hostname or "", where.port or 80), timeout=SECONDS)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()
        self.socket.close()

    def post(self, body: bytes, *, late: bytes = b"") -> tuple[int, dict[str, str]]:
        """A POST that nobody may make; `late` is sent when its head and the beginning of its body are there."""
        head = (
            f"POST /api/v1/orders HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer nobody\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body) + len(late)}\r\n\r\n"
        )
        self.socket.sendall(head.encode() + body)
        if late:
            self.socket.sendall(late)
        return self.answer()

    def get(self) -> int:
        self.socket.sendall(f"GET /healthz HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())
        return self.answer()[0]

    def answer(self) -> tuple[int, dict[str, str]]:
        status = int(self.file.readline().split()[1])
        headers: dict[str, str] = {}
        while line := self.file.readline().strip().decode():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        self.file.read(int(headers.get("content-length", 0)))
        return status, headers


def test_a_connection_is_good_for_the_next_request_after_a_refusal_that_read_no_body(shop: Shop) -> None:
    with Wire(shop) as wire:
        for size in (0, 1, 2_000, 60_000):
            status, headers = wire.post(b"x" * size, late=b"y" * min(size, 5_000))
            assert (status, headers.get("connection")) == (401, None), size
            assert wire.get() == 200, size


def test_a_refusal_that_leaves_a_large_body_unread_says_that_it_was_the_last(shop: Shop) -> None:
    with Wire(shop) as wire:
        status, headers = wire.post(b"x" * 100_000)
    assert (status, headers.get("connection")) == (401, "close")
