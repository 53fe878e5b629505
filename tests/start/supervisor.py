"""`make up` as a process, and what belongs to it."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

from config.dev.processes import CHECKOUT

PORTS = (
    "SHOP_PORT",
    "FAKE_STRIPE_PORT",
    "FAKE_TWILIO_PORT",
    "MAILBOX_PORT",
    "SMTP_PORT",
    "VALKEY_PORT",
    "MONGODB_PORT",
)
INHERITED = ("PATH", "HOME", "LANG", "VIRTUAL_ENV", "PIP_INDEX_URL", "PIP_CONFIG_FILE")


class Up:
    """One run of the supervisor."""

    def __init__(self, env):
        self.env = env
        self.lines = []
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "config/dev/begin.py"],
            cwd=CHECKOUT,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        with self.process.stdout as output:
            self.lines.extend(iter(output.readline, ""))

    def end_of_output(self):
        """Wait until all that an ended run printed was read."""
        self.reader.join(60)

    @property
    def text(self):
        return "".join(self.lines)

    def await_running(self, seconds=240):
        """Seconds from the start until it says that it runs."""
        until = time.monotonic() + seconds
        while "The shop is running" not in self.text:
            assert self.process.poll() is None, self.text
            assert time.monotonic() < until, self.text
            time.sleep(0.02)
        return time.monotonic() - self.began

    def members(self):
        """The processes of this shop: those that have its data directory in their environment."""
        mark = f"SHOP_DATA_DIR={self.env['SHOP_DATA_DIR']}".encode()
        return [entry.name for entry in Path("/proc").glob("[0-9]*") if mark in _environment(entry.name)]

    def end(self, number):
        self.process.send_signal(number)
        self.process.wait(120)


def _environment(pid):
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
            return file.read().split(b"\0")
    except OSError:
        return []


def await_none(up, seconds=120):
    until = time.monotonic() + seconds
    while up.members():
        assert time.monotonic() < until, [open(f"/proc/{pid}/cmdline").read() for pid in up.members()]  # noqa: PTH123, SIM115
        time.sleep(0.05)
