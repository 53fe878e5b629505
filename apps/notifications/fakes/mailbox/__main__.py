"""`python -m apps.notifications.fakes.mailbox --smtp-port 1025 --http-port 8025 --data var/mail`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from apps.notifications.fakes.web import run_until_stopped

from .server import Mailbox


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="mailbox", description="Takes every mail and shows it.")
    parser.add_argument("--smtp-port", type=int, default=int(os.environ.get("SMTP_PORT", "1025")))
    parser.add_argument("--http-port", type=int, default=int(os.environ.get("MAILBOX_PORT", "8025")))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, help="folder that keeps the mails over a restart")
    parser.add_argument("--verbose", action="store_true", help="one line per HTTP request")
    given = parser.parse_args(arguments)
    try:
        mailbox = Mailbox(
            smtp_port=given.smtp_port, http_port=given.http_port, host=given.host, data=given.data,
            verbose=given.verbose,
        )  # fmt: skip
    except OSError as error:
        sys.stderr.write(f"mailbox: a port cannot be used: {error.strerror or error}\n")
        return 1

    def start() -> str:
        mailbox.start()
        return f"mailbox: listening on {mailbox.url}, SMTP on {given.host}:{mailbox.smtp_port}"

    return run_until_stopped(start, mailbox.stop)


if __name__ == "__main__":
    raise SystemExit(main())
