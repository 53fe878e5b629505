"""A small TCP proxy before one server: it hands everything on until a test orders trouble, then it misbehaves.

One proxy for all: what differs between HTTP, SMTP and Redis is how a whole request is told, and how their servers say
no; that is a `Speech`.
"""

from __future__ import annotations

import re
import select
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum

from config.dev.ports import HOST

SLOW_SECONDS = 0.7
GARBAGE = b"\x15\x03\x01\xff\xfe garbage \x00\x80\r\n\r\n"
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Mode(StrEnum):
    """What may be wrong with one exchange."""

    SLOW = "slow"
    CUT = "cut in the middle of the answer"
    RESET = "connection reset"
    GARBAGE = "garbage instead of the answer"
    FAILING = "500"
    BUSY = "429 with Retry-After"
    LOST = "dropped after the effect"

    @property
    def has_effect(self) -> bool:
        """Whether the server does what it is asked: only its answer suffers."""
        return self in {Mode.SLOW, Mode.CUT, Mode.LOST}


@dataclass(frozen=True, slots=True)
class Speech:
    """What the proxy has to know of a protocol."""

    is_whole: Callable[[bytes], bool]
    """Whether these bytes of a client end where a request, or a line, ends."""
    asks: Callable[[bytes], bool]
    """Whether this is what a server refuses, if it refuses."""
    does: Callable[[bytes], bool]
    """Whether this has an effect, so that its answer matters."""
    failing: bytes
    busy: bytes


class Proxy:
    """Listens on a port of its own. Each trouble that is ordered befalls one exchange, on whichever connection."""

    def __init__(self, port: int, speech: Speech) -> None:
        self.met: Counter[Mode] = Counter()
        """Exchanges that suffered."""
        self._target, self._speech = port, speech
        self._lock = threading.Lock()
        self._mode, self._left = Mode.SLOW, 0
        self._stopped = False
        self._listener = socket.create_server((HOST, 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def order(self, mode: Mode, times: int) -> None:
        """The next exchanges suffer."""
        with self._lock:
            self._mode, self._left = mode, times

    def heal(self) -> None:
        """Nothing is wrong any more."""
        self.order(Mode.SLOW, 0)

    def await_met(self, mode: Mode, seconds: float) -> None:
        """Wait until something suffered."""
        give_up = time.monotonic() + seconds
        while not self.met[mode]:
            if time.monotonic() > give_up:
                raise TimeoutError(f"nothing was {mode} in {seconds:g} s")
            time.sleep(0.02)

    def stop(self) -> None:
        """Accept nobody any more; connections end with their clients."""
        self._stopped = True
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        while not self._stopped:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection((HOST, self._target)) as server:
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._hand_on(client, server)

    def _hand_on(self, client: socket.socket, server: socket.socket) -> None:
        """Until one side ends, or trouble ends it."""
        asked, suffers = b"", None
        while True:
            ready, _, _ = select.select((client, server), (), ())
            if server in ready:
                answer = server.recv(1 << 16)
                if not answer or not _answered(client, answer, suffers):
                    return
                suffers = None
            if client in ready:
                if not (piece := client.recv(1 << 16)):
                    return
                asked += piece
                if self._speech.is_whole(asked):
                    suffers = self._trouble_for(asked)
                    self._ask(client, server, asked, suffers)
                    asked = b""

    def _trouble_for(self, request: bytes) -> Mode | None:
        with self._lock:
            suits = self._speech.does if self._mode.has_effect else self._speech.asks
            if not self._left or not suits(request):
                return None
            self._left -= 1
            self.met[self._mode] += 1
            return self._mode

    def _ask(self, client: socket.socket, server: socket.socket, request: bytes, suffers: Mode | None) -> None:
        """Hand it on, or answer in the server's place and end the connection."""
        if suffers is None or suffers.has_effect:
            server.sendall(request)
            return
        if suffers is Mode.RESET:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        else:
            words = {Mode.GARBAGE: GARBAGE, Mode.FAILING: self._speech.failing, Mode.BUSY: self._speech.busy}
            client.sendall(words[suffers])
        raise ConnectionAbortedError(suffers)


def _answered(client: socket.socket, answer: bytes, suffers: Mode | None) -> bool:
    """Whether the connection goes on."""
    if suffers is Mode.SLOW:
        time.sleep(SLOW_SECONDS)
    if suffers is Mode.CUT:
        client.sendall(answer[: len(answer) // 2])
    goes_on = suffers in {None, Mode.SLOW}
    if goes_on:
        client.sendall(answer)
    return goes_on


def _http_is_whole(asked: bytes) -> bool:
    head, blank, body = asked.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
    return bool(blank) and len(body) >= (int(length[1]) if length else 0)


def _no(status: str, head: str = "") -> bytes:
    body = (
        '{"error": {"type": "api_error", "message": "Trouble."}, "code": 20500, "message": "Trouble.", "status": 500}'
    )
    fields = f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n{head}"
    return f"HTTP/1.1 {status}\r\n{fields}\r\n{body}".encode()


HTTP = Speech(
    is_whole=_http_is_whole,
    asks=lambda _: True,
    does=lambda _: True,
    failing=_no("500 Internal Server Error"),
    busy=_no("429 Too Many Requests", "Retry-After: 1\r\n"),
)
SMTP = Speech(
    is_whole=lambda asked: asked.endswith(b"\r\n"),
    asks=lambda line: line[:5].upper() == b"MAIL ",
    does=lambda lines: lines.endswith(b"\r\n.\r\n") or lines == b".\r\n",
    failing=b"451 4.3.0 Local error in processing\r\n",
    busy=b"421 4.7.0 Too many connections, try again later\r\n",
)
REDIS = Speech(
    is_whole=lambda asked: asked.endswith(b"\r\n"),
    asks=lambda _: True,
    does=lambda _: True,
    failing=b"-ERR internal error\r\n",
    busy=b"-ERR max number of clients reached\r\n",
)
