"""A web server that is told to stop while it still reads its code ends cleanly."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from config.dev.processes import CHECKOUT

READING = """
import sys, time
from config import serve

def load():
    print("reading", flush=True)
    time.sleep(60)

serve.load = load
serve.main(["--port", "1"])
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_reads_its_code_stops_when_it_is_asked(number):
    run = subprocess.Popen(
        [sys.executable, "-c", READING], cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    assert run.stdout.readline() == "reading\n"
    run.send_signal(number)
    assert (run.communicate(timeout=20), run.returncode) == (("", ""), 0)
