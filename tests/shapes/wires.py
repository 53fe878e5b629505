"""The wire to one unit: callers and the gateway reach it through here, until a test makes it slow or cuts it."""

from __future__ import annotations

import re
import select
import socket
import threading
import time
from collections import Counter
from contextlib import suppress

from config.dev.ports import HOST

CALLER = re.compile(rb"^POST /internal/.*?\r\nX-Shop-Caller: *([a-z-]+)\r\n", re.DOTALL | re.IGNORECASE)
LOOK_SECONDS = 0.05
FULL_SECONDS = 0.1


class Wire:
    """Listens on a port of its own and hands everything on to `target`."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._lock = threading.Lock()
        self._delay = 0.0
        self._dead = threading.Event()
        self._stopped = threading.Event()
        self._under_way: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        """By caller: the highest number of its calls that were under way at one time."""
        self._fillers: list[socket.socket] = []
        self._listener = socket.create_server((HOST, 0), backlog=256)
        self.port = int(self._listener.getsockname()[1])
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def slow(self, seconds: float) -> None:
        """Every answer is so late from now on."""
        self._delay = seconds

    def cut(self) -> None:
        """Nothing arrives any more, as behind a firewall that drops: no connection comes about, and those that are
        there say nothing."""
        self._dead.set()
        self._listener.listen(0)
        for _ in range(8):  # until the queue of connections is full, in which the kernel answers by itself
            filler = socket.socket()
            self._fillers.append(filler)
            filler.settimeout(FULL_SECONDS)
            try:
                filler.connect((HOST, self.port))
            except TimeoutError:
                return
        raise RuntimeError("the queue of connections takes everybody in")

    def heal(self) -> None:
        """All is as before; connections from before are gone."""
        self._delay = 0.0
        self._listener.listen(256)
        while self._fillers:
            self._fillers.pop().close()
        self._dead.clear()

    def stop(self) -> None:
        """Accept nobody any more; connections end with their clients."""
        self._stopped.set()
        self.heal()
        self._thread.join()
        self._listener.close()

    def _listen(self) -> None:
        while not self._stopped.wait(LOOK_SECONDS if self._dead.is_set() else 0):
            if not self._dead.is_set() and select.select((self._listener,), (), (), LOOK_SECONDS)[0]:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError), socket.create_connection((HOST, self._target)) as server:
            for one in (client, server):
                one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _Conversation(self, client, server).run()

    def begins(self, caller: str) -> None:
        """One more call is under way."""
        with self._lock:
            self._under_way[caller] += 1
            self.most[caller] = max(self.most[caller], self._under_way[caller])

    def ends(self, caller: str) -> None:
        """One less."""
        with self._lock:
            self._under_way[caller] -= 1

    def wait(self) -> bool:
        """Let the delay of an answer pass; whether it arrives at all."""
        if self._delay:
            time.sleep(self._delay)
        return not self._dead.is_set()

    @property
    def is_dead(self) -> bool:
        """Whether nothing arrives."""
        return self._dead.is_set()


class _Conversation:
    """One connection: request, answer, request, and so on."""

    def __init__(self, wire: Wire, client: socket.socket, server: socket.socket) -> None:
        self._wire, self._client, self._server = wire, client, server
        self._caller = ""
        self._asked = False

    def run(self) -> None:
        """Until one side ends. What is there when the wire is cut stays silent until it is healed, and is gone then."""
        try:
            while True:
                ready, _, _ = select.select((self._client, self._server), (), (), LOOK_SECONDS)
                if self._wire.is_dead:
                    self._sleep()
                    return
                if self._server in ready and not self._answer(self._server.recv(1 << 16)):
                    return
                if self._client in ready and not self._ask(self._client.recv(1 << 16)):
                    return
        finally:
            self._over()

    def _ask(self, piece: bytes) -> bool:
        if not self._asked and (found := CALLER.match(piece)):
            self._caller = found[1].decode()
            self._wire.begins(self._caller)
        self._asked = True
        self._server.sendall(piece)
        return bool(piece)

    def _answer(self, piece: bytes) -> bool:
        if self._asked and not self._wire.wait():
            self._sleep()
            return False
        self._over()
        self._client.sendall(piece)
        return bool(piece)

    def _over(self) -> None:
        self._asked = False
        if self._caller:
            self._wire.ends(self._caller)
            self._caller = ""

    def _sleep(self) -> None:
        """Nobody is told that the connection is over. Its client may leave meanwhile, so no call counts any more."""
        self._over()
        while self._wire.is_dead:
            time.sleep(LOOK_SECONDS)
