"""Who reads from one instance of web without a pause, and writes down whatever was not answered."""

from __future__ import annotations

import http.client
import threading
from contextlib import suppress

from config.dev.ports import HOST


class Caller(threading.Thread):
    """Keeps its connection as a gateway does, and goes elsewhere only when it cannot connect."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.answers, self.failures = port, 0, list[object]()
        self.kept, self.let_go = 0, 0
        self.start()

    def run(self) -> None:
        """Until nobody listens any more."""
        while True:
            connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
            try:
                connection.connect()
            except OSError:
                return  # a gateway asks another instance, and nothing was sent
            with suppress(ConnectionAbortedError):
                self._ask(connection)
            connection.close()

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        while True:
            try:
                connection.request("GET", "/api/v1/products?limit=5")
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                raise ConnectionAbortedError from error
            self.answers += 1
            if response.status != 200:
                self.failures.append(response.status)
            if response.will_close:
                self.let_go += 1
                return
            self.kept += 1
