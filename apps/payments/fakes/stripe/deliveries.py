"""Signed deliveries of events: a few threads, retries with back-off, at least once, in no promised order.

A delivery is a stored row from the transaction that made the event until the endpoint answered 2xx,
so a fake that is stopped and started with the same file goes on delivering.
"""

from __future__ import annotations

import hashlib
import heapq
import hmac
import http.client
import itertools
import json
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from . import shapes
from .errors import Json
from .store import Store
from .webhooks import covers

ANSWER_SECONDS = 10.0


@dataclass
class Trouble:
    """What goes wrong with the next deliveries; all of it is set through `/_fake/webhooks`."""

    held: bool = False
    drop: int = 0
    duplicate: int = 0
    bad_signature: int = 0
    delay: float = 0.0
    shuffle: bool = False


@dataclass(frozen=True)
class Pace:
    """How retries wait: doubling from `base` to `cap` seconds, `attempts` times (at Stripe it is three days)."""

    base: float = 0.2
    cap: float = 10.0
    attempts: int = 60

    def wait(self, attempts: int) -> float:
        """Seconds before the next attempt."""
        return float(min(self.cap, self.base * 2 ** min(attempts - 1, 20)))


def signature(secret: str, body: bytes, *, at: int) -> str:
    """The `Stripe-Signature` header over the raw body."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


class Dispatcher:
    """Sends what is due; `publish` is called inside the transaction that made the event."""

    def __init__(self, store: Store, *, pace: Pace, workers: int = 8) -> None:
        """Nothing runs before `start`."""
        self.trouble = Trouble()
        self._store = store
        self._pace = pace
        self._workers = workers
        self._due: list[tuple[float, int, str, str]] = []
        self._count = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._at_work = 0

    def start(self) -> None:
        """Take up what an earlier run left, and begin."""
        for account in self._store.accounts("delivery"):
            for row in self._store.all(account, "delivery"):
                if row["status"] == "pending":
                    self._queue(account, row["id"], 0.0)
        for _ in range(self._workers):
            threading.Thread(target=self._work, name="webhooks", daemon=True).start()

    def stop(self) -> None:
        """Send nothing more; what is pending stays stored."""
        self._stopped = True
        self.wake()

    def wake(self) -> None:
        """Look at the queue again after a change of `trouble`."""
        with self._changed:
            self._changed.notify_all()

    def publish(self, account: str, event: Json) -> None:
        """Make one delivery per endpoint that wants this event."""
        rows = [
            self._row(event["id"], endpoint["id"])
            for endpoint in self._store.all(account, "webhook_endpoint")
            if endpoint["status"] == "enabled"
            and any(covers(pattern, event["type"]) for pattern in endpoint["enabled_events"])
        ]
        event["pending_webhooks"] = len(rows)
        for row in rows:
            self._store.put(account, "delivery", row["id"], row)
        self._store.after(self._queueing(account, rows))

    def resend(self, account: str, event: Json, times: int) -> int:
        """Send an event again to every endpoint, as often as asked, at once."""
        endpoints = self._store.all(account, "webhook_endpoint")
        rows = [self._row(event["id"], endpoint["id"]) for endpoint in endpoints for _ in range(times)]
        with self._store.transaction():
            for row in rows:
                self._store.put(account, "delivery", row["id"], row)
            self._store.after(self._queueing(account, rows))
        return len(rows)

    @staticmethod
    def _row(event: str, endpoint: str) -> Json:
        return {
            "id": shapes.new_id("del"),
            "event": event,
            "endpoint": endpoint,
            "status": "pending",
            "attempts": 0,
            "last_answer": None,
            "created": time.time(),
        }

    def _queueing(self, account: str, rows: list[Json]) -> Callable[[], None]:
        def queue() -> None:
            for row in rows:
                self._queue(account, row["id"], self.trouble.delay)

        return queue

    def _queue(self, account: str, identifier: str, wait: float) -> None:
        with self._changed:
            heapq.heappush(self._due, (time.monotonic() + wait, next(self._count), account, identifier))
            self._changed.notify()

    def pending(self) -> int:
        """Deliveries that wait or are under way."""
        with self._changed:
            return len(self._due) + self._at_work

    def forget(self) -> None:
        """Empty the queue; the rows are the caller's matter."""
        with self._changed:
            self._due.clear()
        self.trouble = Trouble()

    def _work(self) -> None:
        while not self._stopped:
            due = self._next()
            if due is None:
                return
            try:
                self._deliver(*due)
            finally:
                with self._changed:
                    self._at_work -= 1

    def _next(self) -> tuple[str, str] | None:
        with self._changed:
            while not self._stopped:
                wait = None if self.trouble.held or not self._due else self._due[0][0] - time.monotonic()
                if wait is not None and wait <= 0:
                    self._at_work += 1
                    return self._taken()
                self._changed.wait(wait)
        return None

    def _taken(self) -> tuple[str, str]:
        if self.trouble.shuffle:
            now = time.monotonic()
            chosen = random.choice([row for row in self._due if row[0] <= now])
            self._due.remove(chosen)
            heapq.heapify(self._due)
            return chosen[2], chosen[3]
        due = heapq.heappop(self._due)
        return due[2], due[3]

    def _spend(self, name: str) -> bool:
        with self._changed:
            left = getattr(self.trouble, name)
            if left:
                setattr(self.trouble, name, left - 1)
            return bool(left)

    def _deliver(self, account: str, identifier: str) -> None:
        row = self._store.get(account, "delivery", identifier)
        event = row and self._store.get(account, "event", row["event"])
        endpoint = row and self._store.get(account, "webhook_endpoint", row["endpoint"])
        if row is None or event is None or endpoint is None:
            if row is not None:
                self._record(account, row, "abandoned", "the event or the endpoint is gone")
            return
        if self._spend("drop"):
            self._record(account, row, "dropped", "lost on purpose")
            return
        answer = self._send(endpoint, event)
        if answer.startswith("2") and self._spend("duplicate"):
            self._send(endpoint, event)
        self._conclude(account, row, answer)

    def _conclude(self, account: str, row: Json, answer: str) -> None:
        row["attempts"] += 1
        if answer.startswith("2"):
            self._record(account, row, "delivered", answer)
        elif row["attempts"] >= self._pace.attempts:
            self._record(account, row, "failed", answer)
        else:
            self._record(account, row, "pending", answer)
            self._queue(account, row["id"], self._pace.wait(row["attempts"]))

    def _record(self, account: str, row: Json, status: str, answer: str) -> None:
        with self._store.transaction():
            if self._store.get(account, "delivery", row["id"]) is None:
                return
            row |= {"status": status, "last_answer": answer}
            self._store.put(account, "delivery", row["id"], row)
            event = self._store.get(account, "event", row["event"])
            if event is not None and status != "pending":
                event["pending_webhooks"] = max(0, event["pending_webhooks"] - 1)
                self._store.put(account, "event", event["id"], event)

    def _send(self, endpoint: Json, event: Json) -> str:
        body = json.dumps(shapes.public(event), indent=2).encode()
        secret = "whsec_wrong" if self._spend("bad_signature") else endpoint["_secret"]
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
            "Stripe-Signature": signature(secret, body, at=shapes.now()),
        }
        try:
            return _post(endpoint["url"], body, headers)
        except (OSError, http.client.HTTPException) as error:
            return f"no answer: {type(error).__name__}: {error}"


def _post(url: str, body: bytes, headers: dict[str, str]) -> str:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=ANSWER_SECONDS)
    try:
        target = parts.path or "/"
        connection.request("POST", f"{target}?{parts.query}" if parts.query else target, body, headers)
        answer = connection.getresponse()
        text = answer.read(2000).decode(errors="replace")
        return f"{answer.status} {text[:200]}"
    finally:
        connection.close()
