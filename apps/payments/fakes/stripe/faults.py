"""Trouble on the API side, ordered by tests: answers that fail, vanish or come late."""

from __future__ import annotations

import threading
import time
from dataclasses import asdict, dataclass

from .errors import Json, StripeError, TooFast


class Dropped(Exception):
    """Close the connection without an answer."""


@dataclass
class Fault:
    """What happens to the next `count` requests that fit.

    `error` answers `status` and the idempotency key remembers it; with `when=after` the effect happened all the same.
    `drop` closes the connection, with `when=after` the effect happened and its true answer is saved.
    `delay` sleeps, before or after the effect, with the key in use.
    `rate_limit` answers 429, asks for `seconds` of rest and saves nothing.
    """

    kind: str
    when: str = "before"
    count: int = 1
    method: str = ""
    path: str = ""
    status: int = 500
    seconds: float = 1.0

    def fits(self, method: str, path: str) -> bool:
        """Whether a request is meant; `path` is a beginning such as `/v1/refunds`."""
        return self.count > 0 and self.method in {"", method} and path.startswith(self.path)


class Faults:
    """The ordered trouble, spent one request at a time."""

    def __init__(self) -> None:
        """Nothing goes wrong unless ordered."""
        self._lock = threading.Lock()
        self._rows: list[Fault] = []

    def order(self, fault: Fault) -> None:
        """Add one."""
        with self._lock:
            self._rows.append(fault)

    def clear(self) -> None:
        """All is well again."""
        with self._lock:
            self._rows.clear()

    def listed(self) -> list[Json]:
        """What is still to come."""
        with self._lock:
            return [asdict(fault) for fault in self._rows]

    def take(self, method: str, path: str) -> list[Fault]:
        """What happens to this request."""
        with self._lock:
            taken = [fault for fault in self._rows if fault.fits(method, path)]
            for fault in taken:
                fault.count -= 1
            self._rows = [fault for fault in self._rows if fault.count > 0]
            return taken


def suffer(faults: list[Fault], when: str) -> StripeError | None:
    """Sleep, drop or refuse as ordered; answers the 500 that shall be saved, if any."""
    saved = None
    for fault in faults:
        if fault.when != when:
            continue
        if fault.kind == "delay":
            time.sleep(fault.seconds)
        elif fault.kind == "drop":
            raise Dropped
        elif fault.kind == "rate_limit":
            raise TooFast(
                "Request rate limit exceeded. Learn more about rate limits here https://stripe.com/docs/rate-limits.",
                seconds=fault.seconds,
            )
        else:
            saved = StripeError(
                "An unknown error occurred. (The fake was asked to fail.)", status=fault.status, kind="api_error"
            )
    return saved
