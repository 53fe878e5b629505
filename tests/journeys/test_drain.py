"""Web under load is told to stop: whoever had asked is answered, and nobody's request is lost."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from config.dev import programs
from config.dev.ports import HOST, free_ports
from config.dev.processes import Process
from tests.harness.callers import Caller
from tests.scenes import SHAPE

pytestmark = pytest.mark.skipif(SHAPE not in {"mono", ""}, reason="each shape has the same web")
CALLERS = 6


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
