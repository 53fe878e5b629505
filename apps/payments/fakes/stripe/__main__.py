"""`python -m apps.payments.fakes.stripe --port 12111 --data var/stripe.sqlite3 --webhook-url http://…/webhooks/stripe`."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from .deliveries import Pace
from .gateway import Account
from .server import FakeStripe, Options


def options(arguments: list[str] | None = None) -> Options:
    """Read the command line; the environment gives defaults."""
    env = os.environ
    parser = argparse.ArgumentParser(prog="fake-stripe", description="A stateful fake of Stripe's API, for tests.")
    parser.add_argument("--port", type=int, default=int(env.get("FAKE_STRIPE_PORT", "12111")))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--data", type=Path, help="SQLite file that keeps everything over a restart")
    parser.add_argument("--webhook-url", default=env.get("FAKE_STRIPE_WEBHOOK_URL"), help="where all events are sent")
    parser.add_argument("--webhook-secret", default=env.get("FAKE_STRIPE_WEBHOOK_SECRET", "whsec_shop"))
    parser.add_argument(
        "--account",
        action="append",
        metavar="SK:PK",
        help="keys of an account, repeatable; default sk_test_shop:pk_test_shop",
    )
    parser.add_argument("--retry-base", type=float, default=Pace.base, help="seconds before the first retry")
    parser.add_argument("--retry-cap", type=float, default=Pace.cap, help="longest wait between retries")
    parser.add_argument("--verbose", action="store_true", help="one line per request")
    given = parser.parse_args(arguments)
    accounts = [Account(*pair.split(":", 1)) for pair in given.account or ["sk_test_shop:pk_test_shop"]]
    return Options(
        port=given.port,
        host=given.host,
        data=given.data,
        webhook_url=given.webhook_url,
        webhook_secret=given.webhook_secret,
        accounts=accounts,
        pace=Pace(given.retry_base, given.retry_cap),
        verbose=given.verbose,
    )


def main() -> int:
    """Serve until SIGTERM or Ctrl-C."""
    chosen = options()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    try:
        fake = FakeStripe(chosen)
    except OSError as error:
        sys.stderr.write(f"fake stripe: port {chosen.port} cannot be used: {error.strerror or error}\n")
        return 1
    with fake:
        sys.stdout.write(f"fake stripe: listening on {fake.url}\n")
        sys.stdout.flush()
        ended.wait()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
