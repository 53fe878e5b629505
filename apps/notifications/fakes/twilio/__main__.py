"""`python -m apps.notifications.fakes.twilio --port 12112 --data var/sms`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from apps.notifications.fakes.web import run_until_stopped

from .server import FakeTwilio


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="fake-twilio", description="A fake of Twilio's Messages, for tests.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("FAKE_TWILIO_PORT", "12112")))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, help="folder that keeps the messages over a restart")
    parser.add_argument("--account", help="let only this account in; default any")
    parser.add_argument("--token", help="its token; default any")
    parser.add_argument("--pause", type=float, default=0.5, help="seconds between two states of a message")
    parser.add_argument("--verbose", action="store_true", help="one line per request")
    given = parser.parse_args(arguments)
    try:
        fake = FakeTwilio(**vars(given))
    except OSError as error:
        sys.stderr.write(f"fake twilio: port {given.port} cannot be used: {error.strerror or error}\n")
        return 1

    def start() -> str:
        fake.start()
        return f"fake twilio: listening on {fake.url}"

    return run_until_stopped(start, fake.stop)


if __name__ == "__main__":
    raise SystemExit(main())
