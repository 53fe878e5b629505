"""A load client that costs little: raw keep-alive sockets, a few requests in flight, one process."""

from __future__ import annotations

import itertools
import json
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass(slots=True)
class Load:
    """What one run of requests showed. Times in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    bytes_each: int = 0

    @property
    def requests(self) -> int:
        """How many were answered."""
        return len(self.latencies)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds


class _Connection:
    """One keep-alive connection that reads exactly one answer at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self._socket.sendall(request)

    def read(self) -> tuple[int, int]:
        """Status and body length of the next answer, which has to say its length."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self._buffer[:end].lower() + b"\r\n"
        start = head.index(b"content-length:") + 15
        length = int(head[start : head.index(b"\r\n", start)])
        self._buffer = self._buffer[end + 4 :]
        while len(self._buffer) < length:
            self._more()
        self._buffer = self._buffer[length:]
        return int(head[9:12]), length

    def _more(self) -> None:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the server closed the connection")
        self._buffer += data

    def close(self) -> None:
        self._socket.close()


def read_of(url: str) -> Iterable[bytes]:
    """The same GET for ever."""
    return itertools.repeat(_request("GET", url))


def read_request(url: str, **headers: str) -> bytes:
    """One GET."""
    return _request("GET", url, b"", **headers)


def write_of(url: str, body: object, **headers: str) -> bytes:
    """A POST of JSON."""
    return _request("POST", url, json.dumps(body).encode(), **headers)


def _request(method: str, url: str, body: bytes = b"", **headers: str) -> bytes:
    parts = urlsplit(url)
    lines = [
        f"{method} {parts.path}{'?' + parts.query if parts.query else ''} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Accept: application/json",
        *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items()),
    ]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def load(url: str, requests: Iterable[bytes], *, seconds: float = 60, in_flight: int = 4) -> Load:
    """Send `requests` to the server of `url`, `in_flight` at a time, until they or `seconds` are over.

    Every answer must be a 2xx: a benchmark of errors is none.
    """
    parts = urlsplit(url)
    coming = iter(requests)
    idle = [_Connection(parts.hostname or "127.0.0.1", parts.port or 80) for _ in range(in_flight)]
    everyone = tuple(idle)
    busy: list[_Connection] = []
    done = Load()
    started = time.perf_counter()
    try:
        while True:
            while idle and time.perf_counter() - started < seconds and (request := next(coming, None)):
                busy.append(idle.pop())
                busy[-1].send(request)
            if not busy:
                break
            connection = busy.pop(0)
            status, done.bytes_each = connection.read()
            if not 200 <= status < 300:
                raise RuntimeError(f"{url} answered {status}")
            done.latencies.append(time.perf_counter() - connection.sent_at)
            idle.append(connection)
        done.seconds = time.perf_counter() - started
    finally:
        for connection in everyone:
            connection.close()
    return done
