"""A load client that costs little: raw keep-alive sockets, a few requests in flight, one process."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of requests showed. Times in seconds."""

    requests: int
    seconds: float
    latencies: tuple[float, ...]
    bytes_each: int

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.requests / self.seconds

    def percentile(self, share: float) -> float:
        """The latency that `share` (0 to 1) of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Connection:
    """One keep-alive connection that reads exactly one answer at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def send(self, request: bytes) -> None:
        self._socket.sendall(request)

    def read(self) -> tuple[int, int]:
        """Status and body length of the next answer."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            self._more()
        head = self._buffer[:end].lower()
        start = head.index(b"content-length:") + 15
        length = int(head[start : head.find(b"\r\n", start) if b"\r\n" in head[start:] else len(head)])
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


def load(url: str, *, seconds: float, in_flight: int = 4) -> Load:
    """Ask for `url` as often as it goes for `seconds`, with `in_flight` requests at a time. Every answer must be 200."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    request = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: application/json\r\n\r\n".encode()
    connections = [_Connection(parts.hostname or "127.0.0.1", parts.port or 80) for _ in range(in_flight)]
    latencies: list[float] = []
    length = 0
    started = time.perf_counter()
    try:
        sent = []
        for connection in connections:
            sent.append(time.perf_counter())
            connection.send(request)
        while time.perf_counter() - started < seconds:
            for i, connection in enumerate(connections):
                status, length = connection.read()
                if status != 200:
                    raise RuntimeError(f"{url} answered {status}")
                now = time.perf_counter()
                latencies.append(now - sent[i])
                sent[i] = now
                connection.send(request)
        took = time.perf_counter() - started
    finally:
        for connection in connections:
            connection.close()
    return Load(requests=len(latencies), seconds=took, latencies=tuple(latencies), bytes_each=length)
