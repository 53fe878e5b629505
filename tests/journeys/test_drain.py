"""Web under load is told to stop: whoever had asked is answered, and nobody's request is lost."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import suppress
from dataclasses import replace

import pytest

from config.dev import programs
from config.dev.ports import HOST, free_ports
from config.dev.processes import Process
from tests.scenes import SHAPE

pytestmark = pytest.mark.skipif(SHAPE not in {"mono", ""}, reason="each shape has the same web")
CALLERS = 6


class Caller(threading.Thread):
    """Keeps its connection as a gateway does, and goes elsewhere only when it cannot connect."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.answers, self.failures = port, 0, []
        self.kept, self.let_go = 0, 0
        self.start()

    def run(self):
        while True:
            connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
            try:
                connection.connect()
            except OSError:
                return  # a gateway asks another instance, and nothing was sent
            with suppress(ConnectionAbortedError):
                self._ask(connection)
            connection.close()

    def _ask(self, connection):
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


def test_sigterm_under_load_fails_no_request_and_ends_in_time(shop, tmp_path):
    port = free_ports(1)[0]
    web = shop._programs["web"]
    argv = list(web.argv)
    argv[argv.index("--port") + 1] = str(port)
    ready = f"http://{HOST}:{port}/readyz"
    second = replace(web, name="web-2", argv=(*argv, "--drain", "1"), is_ready=lambda: programs.answers(ready))
    with (tmp_path / "web.log").open("w") as log:
        process = Process(second, shop._guard, log)
        try:
            process.wait_ready(90)
            callers = [Caller(port) for _ in range(CALLERS)]
            while any(caller.kept < 3 for caller in callers):
                time.sleep(0.01)

            asked = time.monotonic()
            process.ask_to_stop()
            while process.exit_code is None:
                time.sleep(0.01)
            took = time.monotonic() - asked

            for caller in callers:
                caller.join(60)
        finally:
            process.kill()
    assert [failure for caller in callers for failure in caller.failures] == []
    assert sum(caller.let_go for caller in callers) >= CALLERS
    assert process.exit_code == 0
    assert took < 30
