"""The helper of one process: started by its first password, ended by the end of its pipe.

It is a process and no thread, because of two that share an interpreter the one that stands back would hold the other
up: whoever has to wait for the core would wait with the interpreter's lock in its hands.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from apps.accounts.contracts import TooBusy

PATIENCE_SECONDS = 10.0
CHILD = Path(__file__).with_name("child.py")


class Helper:
    """Answers one question at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._pipe: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, *question: Any) -> str:
        """What the child says; TooBusy when it takes too long. A child that died is replaced once."""
        if not self._turn.acquire(timeout=PATIENCE_SECONDS):
            raise _late()
        try:
            try:
                return self._answer(question)
            except (ConnectionError, EOFError):
                self.stop()
                return self._answer(question)
        except (TimeoutError, ConnectionError, EOFError):
            self.stop()
            raise _late() from None
        finally:
            self._turn.release()

    def stop(self) -> None:
        """End the child; the next question starts another."""
        self.let_go()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def abandon(self) -> None:
        """In a forked child: it is the parent's."""
        self.let_go()
        if self._process is not None:
            self._process.returncode = 0  # or Popen would wait for somebody else's child
            self._process = None

    def let_go(self) -> None:
        """Close our end of the pipe."""
        if self._pipe is not None:
            with contextlib.suppress(OSError):
                self._pipe.close()
            self._pipe = None

    def _answer(self, question: tuple[Any, ...]) -> str:
        pipe = self._pipe or self._start()
        pipe.sendall(json.dumps(question).encode() + b"\n")
        line = b""
        while not line.endswith(b"\n"):
            part = pipe.recv(4096)
            if not part:
                raise EOFError
            line += part
        answer: str = json.loads(line)
        return answer

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-S", "-E", str(CHILD), *_libraries()]
        self._process = subprocess.Popen(command, stdin=theirs.fileno(), stdout=theirs.fileno())  # noqa: S603  # our own file
        theirs.close()
        ours.settimeout(PATIENCE_SECONDS)
        self._pipe = ours
        return ours


def _libraries() -> list[str]:
    """Where the child finds argon2 without looking for it: it starts in a fifth of the time."""
    return [path for path in sys.path if path]


def _late() -> TooBusy:
    return TooBusy("The shop is very busy: try again.", retry_after=2)
