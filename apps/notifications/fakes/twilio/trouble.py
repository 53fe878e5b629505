"""What goes wrong on order; set through `/_fake/trouble` or on the page."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass

from apps.notifications.fakes.web import LONGEST_SECONDS, MOST, HangUp, Json, seconds_of, whole_of

from .errors import TwilioError

_BOUNDS = {"status": (400, 599), "code": (0, 99_999), "seconds": (0, LONGEST_SECONDS)}


@dataclass
class Trouble:
    """Counts of next creations or callbacks that suffer; `status`, `code` and the seconds say how."""

    fail: int = 0
    status: int = 500
    slow: int = 0
    seconds: float = 1.0
    drop: int = 0
    lose_answer: int = 0
    undelivered: int = 0
    failed: int = 0
    code: int = 0
    callbacks_lost: int = 0
    callbacks_doubled: int = 0
    callbacks_badly_signed: int = 0
    callbacks_late: int = 0
    callbacks_held: int = 0
    callbacks_reversed: int = 0


class Troubles:
    """The ordered trouble, spent one message at a time."""

    def __init__(self) -> None:
        """Nothing goes wrong unless ordered."""
        self._lock = threading.Lock()
        self.now = Trouble()

    def listed(self) -> Json:
        """What is still to come."""
        with self._lock:
            return asdict(self.now)

    def order(self, wanted: dict[str, str]) -> None:
        """Set what is named; a wrong value is refused."""
        changes: dict[str, float] = {}
        for name, text in wanted.items():
            if name not in asdict(self.now):
                raise TwilioError(20001, f"Unknown trouble: {name}")
            try:
                read = seconds_of if name == "seconds" else whole_of
                changes[name] = read(text, *_BOUNDS.get(name, (0, MOST)))
            except ValueError as error:
                raise TwilioError(20001, f"Invalid {name}: {error}") from error
        with self._lock:
            for name, value in changes.items():
                setattr(self.now, name, value)

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self.now = Trouble()

    def spend(self, name: str) -> bool:
        """Whether the next one suffers this."""
        with self._lock:
            left: int = getattr(self.now, name)
            if left:
                setattr(self.now, name, left - 1)
            return bool(left)

    def value(self, name: str) -> float:
        """A setting that is not spent."""
        with self._lock:
            return float(getattr(self.now, name))

    def before(self) -> None:
        """What a creation suffers before anything happened."""
        if self.spend("slow"):
            time.sleep(self.value("seconds"))
        if self.spend("drop"):
            raise HangUp
        if self.spend("fail"):
            status = int(self.value("status"))
            message = "Too Many Requests" if status == 429 else "The fake was asked to fail."
            if status in (429, 503):
                raise TwilioError(20429 if status == 429 else 20503, message, status, rest=self.value("seconds"))
            raise TwilioError(20500, message, status)

    def end(self) -> tuple[str, int | None]:
        """How a message ends, and why."""
        code = int(self.value("code"))
        if self.spend("failed"):
            return "failed", code or 30008
        if self.spend("undelivered"):
            return "undelivered", code or 30003
        return "delivered", None
