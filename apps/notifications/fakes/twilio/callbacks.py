"""Status callbacks: signed as Twilio signs them, in a thread of their own, told once.

A callback that was answered, however badly, is not repeated; one that found nobody is tried once more. So does Twilio.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import itertools
import threading
import time
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from urllib.parse import urlencode, urlsplit

from apps.notifications.fakes.web import Json

from .messages import VERSION, Messages
from .trouble import Troubles

ANSWER_SECONDS = 15.0


def signature(token: str, url: str, params: dict[str, str]) -> str:
    """The `X-Twilio-Signature` header: the address, then all parameters by name."""
    text = url + "".join(f"{name}{params[name]}" for name in sorted(params))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


@dataclass(order=True)
class _Step:
    due: float
    number: int
    sid: str = field(compare=False)
    token: str = field(compare=False)
    status: str = field(compare=False)
    error: int | None = field(compare=False)
    first: bool = field(default=True, compare=False)


class Callbacks:
    """Moves messages to their end, step by step, and tells whoever asked to be told."""

    def __init__(self, messages: Messages, troubles: Troubles, *, pause: float) -> None:
        """Nothing runs before `start`; `pause` is the time between two steps."""
        self._messages = messages
        self._troubles = troubles
        self._pause = pause
        self._steps: list[_Step] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._stopped = False
        self._at_work = 0
        self.told: list[Json] = []

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._work, name="callbacks", daemon=True).start()

    def stop(self) -> None:
        """Tell nothing more."""
        self._stopped = True
        self.wake()

    def wake(self) -> None:
        """Look at the queue again."""
        with self._changed:
            self._changed.notify_all()

    def follow(self, row: Json, *, token: str) -> None:
        """A message goes its way: at once where nobody is told, else step by step."""
        status, error = self._troubles.end()
        if row["callback"] is None:
            self._messages.put(row | {"status": status, "error": error})
            return
        steps: list[tuple[str, int | None]] = [("queued", None), ("sent", None), (status, error)]
        if status == "failed":  # it never left
            steps = [("queued", None), (status, error)]
        if self._troubles.spend("callbacks_reversed"):
            steps.reverse()
        late = self._troubles.value("seconds") if self._troubles.spend("callbacks_late") else 0.0
        with self._changed:
            for place, (kind, why) in enumerate(steps):
                due = time.monotonic() + late + (place + 1) * self._pause
                heappush(self._steps, _Step(due, next(self._numbers), row["sid"], token, kind, why))
            self._changed.notify()

    def pending(self) -> int:
        """Steps that wait or are under way."""
        with self._changed:
            return len(self._steps) + self._at_work

    def forget(self) -> None:
        """Empty the queue and what was told."""
        with self._changed:
            self._steps.clear()
            self.told.clear()

    def _work(self) -> None:
        while (step := self._next()) is not None:
            try:
                self._take(step)
            finally:
                with self._changed:
                    self._at_work -= 1

    def _next(self) -> _Step | None:
        with self._changed:
            while not self._stopped:
                held = bool(self._troubles.value("callbacks_held"))
                wait = None if held or not self._steps else self._steps[0].due - time.monotonic()
                if wait is not None and wait <= 0:
                    self._at_work += 1
                    return heappop(self._steps)
                self._changed.wait(wait)
        return None

    def _take(self, step: _Step) -> None:
        row = self._messages.get(step.sid)
        if row is None:
            return
        if row["status"] in {"queued", "sent"} and step.status != "queued":
            row = row | {"status": step.status, "error": step.error}
            self._messages.put(row)
        if self._troubles.spend("callbacks_lost"):
            self._note(step, "lost on purpose")
            return
        for _ in range(1 + self._troubles.spend("callbacks_doubled")):
            answer = self._tell(row, step)
        self._note(step, answer)
        if answer.startswith("no answer") and step.first:
            self._again(step)

    def _again(self, step: _Step) -> None:
        step.first = False
        step.due = time.monotonic() + max(self._pause, 0.1)
        with self._changed:
            self._steps.append(step)
            heapify(self._steps)

    def _note(self, step: _Step, answer: str) -> None:
        self.told.append({"sid": step.sid, "status": step.status, "answer": answer})
        del self.told[:-1000]

    def _tell(self, row: Json, step: _Step) -> str:
        params = {
            "AccountSid": row["account"],
            "ApiVersion": VERSION,
            "From": row["from"],
            "MessageSid": row["sid"],
            "MessageStatus": step.status,
            "SmsSid": row["sid"],
            "SmsStatus": step.status,
            "To": row["to"],
        }
        if step.error is not None:
            params["ErrorCode"] = str(step.error)
        token = "a wrong token" if self._troubles.spend("callbacks_badly_signed") else step.token
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": f"{row['sid']}-{step.status}",
            "X-Twilio-Signature": signature(token, row["callback"], params),
        }
        try:
            return _post(row["callback"], urlencode(params).encode(), headers)
        except (OSError, http.client.HTTPException) as error:
            return f"no answer: {type(error).__name__}"


def _post(url: str, body: bytes, headers: dict[str, str]) -> str:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=ANSWER_SECONDS)
    try:
        target = parts.path or "/"
        connection.request("POST", f"{target}?{parts.query}" if parts.query else target, body, headers)
        answer = connection.getresponse()
        answer.read(2000)
        return str(answer.status)
    finally:
        connection.close()
