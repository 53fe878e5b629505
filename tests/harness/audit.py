"""Speaks with the auditor of one shop, and waits for the shop to be quiet."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping
from typing import IO, Any, Protocol

from config.dev.processes import PYTHON, Guard, Program
from tests.harness.forking.client import Forks

ENDS_WITHIN = 120
"""Only one that hangs takes so long; a busy machine may be slow."""

PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 0.3


class Restless(AssertionError):
    """The shop did not come to rest; the message says what still waits."""


class Waiting(Protocol):
    """Whoever can say what waits."""

    def waiting(self) -> dict[str, int]:
        """Something that still has to happen, if anything has."""
        ...


class Auditor:
    """One auditor process. Starting it returns at once; the first question waits for it."""

    def __init__(self, env: Mapping[str, str], guard: Guard, forks: Forks, log: IO[str]) -> None:
        self._guard = guard
        self._lock = threading.Lock()
        program = Program("auditor", (PYTHON, "-m", "tests.harness.auditor"), env)
        self._process, self._questions, self._answers = forks.converse(program, log)
        guard.watch(self._process.pid)

    def pending(self) -> dict[str, int]:
        """What still has to happen, and what was given up."""
        found: dict[str, int] = self._ask({"ask": "pending"})
        return found

    def waiting(self) -> dict[str, int]:
        """Something that still has to happen, if anything has."""
        found: dict[str, int] = self._ask({"ask": "waiting"})
        return found

    def facts(self) -> dict[str, Any]:
        """Everything that the invariants speak of."""
        found: dict[str, Any] = self._ask({"ask": "facts"})
        return found

    def call(self, name: str, **arguments: Any) -> Any:
        """Run the function with this dotted name inside the shop's environment; arguments and answer are plain JSON."""
        return self._ask({"ask": "call", "name": name, "arguments": arguments})

    def stop(self) -> None:
        """End the process."""
        self._questions.close()
        self._process.wait(ENDS_WITHIN)
        self._answers.close()
        self._guard.forget(self._process.pid)

    def _ask(self, question: dict[str, Any]) -> Any:
        with self._lock:
            self._questions.write(json.dumps(question) + "\n")
            self._questions.flush()
            line = self._answers.readline()
        if not line:
            raise RuntimeError("The auditor ended; see auditor.log.")
        answer = json.loads(line)
        if "error" in answer:
            raise RuntimeError(answer["error"])
        return answer["answer"]


def wait_until_quiet(auditor: Waiting, elsewhere: Mapping[str, Any], seconds: float) -> None:
    """Until nothing waits in any context nor `elsewhere` (name -> function that counts). Raises Restless.

    Two looks in a row have to be empty: what moves from one database to another during a look is seen by the next.
    A look asks all databases, so that looking all the time would keep the shop from its work: pauses grow.
    """
    until = time.monotonic() + seconds
    quiet, pause = 0, PAUSE_SECONDS
    while quiet < 2:
        waiting = dict(auditor.waiting())
        waiting |= {name: count for name, ask in elsewhere.items() if (count := ask())}
        quiet = quiet + 1 if not waiting else 0
        if waiting and time.monotonic() > until:
            raise Restless(f"After {seconds:g} s these still wait: {waiting}")
        pause = min(LONGEST_PAUSE_SECONDS, pause * 1.5) if waiting else PAUSE_SECONDS
        time.sleep(pause)
