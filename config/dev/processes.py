"""Programs as processes: started in groups of their own, stopped gently and then surely, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import IO, Protocol

CHECKOUT = Path(__file__).resolve().parent.parent.parent
PYTHON = sys.executable


@dataclass(frozen=True, slots=True)
class Program:
    """How one server is started, how it is known to be ready, and how long it may take to stop."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    is_ready: Callable[[], bool] = lambda: True
    stop_seconds: float = 10


class Started(Protocol):
    """What has to be known of a running program: a part of subprocess.Popen."""

    @property
    def pid(self) -> int:
        """Its number, and its group's."""
        ...

    @property
    def stdout(self) -> IO[str] | None:
        """What it prints, if that is read here."""
        ...

    def poll(self) -> int | None:
        """Its exit code; None while it runs."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once there is one. Raises subprocess.TimeoutExpired."""
        ...

    def terminate(self) -> None:
        """SIGTERM."""
        ...


Output = IO[str] | int
"""A file, or subprocess.PIPE."""
Starter = Callable[[Program, Output], Started]


def start(program: Program, output: Output) -> Started:
    """Run it in the checkout, in a group of its own, with nothing to read."""
    return subprocess.Popen(
        program.argv,
        cwd=CHECKOUT,
        env=environment(program),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


def environment(program: Program) -> dict[str, str]:
    """Ours and its own; what it prints is not kept back."""
    return {**os.environ, "PYTHONUNBUFFERED": "1", **program.env}


class NotReady(Exception):
    """A program ended, or took too long, before it was ready."""


class Guard:
    """A process that outlives us by a moment: when we die, even by SIGKILL, it kills what we had started."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [PYTHON, str(Path(__file__).with_name("guard.py"))],
            stdin=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )

    def watch(self, group: int) -> None:
        """From now on `group` dies with us."""
        self._tell(f"+{group}")

    def forget(self, group: int) -> None:
        """`group` has ended; its number may become somebody else's."""
        self._tell(f"-{group}")

    def close(self) -> None:
        """End the guard, which kills what is still being watched."""
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):
            self._process.stdin.write(f"{line}\n")


class Process:
    """One running program."""

    def __init__(
        self, program: Program, guard: Guard, output: IO[str] | Callable[[str], None], start: Starter = start
    ) -> None:
        self.program = program
        self._guard = guard
        self._popen = start(program, subprocess.PIPE if callable(output) else output)
        guard.watch(self.pid)
        if callable(output):
            Thread(target=self._read, args=(output,), daemon=True).start()

    @property
    def pid(self) -> int:
        """The first process of the program, and its group's number."""
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._popen.poll()

    def wait_ready(self, seconds: float, check: Callable[[], None] = lambda: None) -> None:
        """Come back as soon as it is ready; NotReady when it ends or takes longer. `check` may raise meanwhile."""
        until = time.monotonic() + seconds
        while not self.program.is_ready():
            check()
            if self.exit_code is not None:
                raise NotReady(f"{self.program.name} ended with code {self.exit_code} while it was starting.")
            if time.monotonic() > until:
                raise NotReady(f"{self.program.name} was not ready within {seconds:.0f} s.")
            time.sleep(0.03)

    def ask_to_stop(self) -> None:
        """SIGTERM to the first process: it knows best how to end its children."""
        if self.exit_code is None:
            with suppress(ProcessLookupError):
                self._popen.terminate()

    def stop(self) -> None:
        """Ask, wait, and kill what is still there."""
        self.ask_to_stop()
        with suppress(subprocess.TimeoutExpired):
            self._popen.wait(self.program.stop_seconds)
        self.kill()

    def kill(self) -> None:
        """SIGKILL to the whole group, now."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._popen.wait()
        self._guard.forget(self.pid)

    def _read(self, output: Callable[[str], None]) -> None:
        assert self._popen.stdout
        with self._popen.stdout as lines:
            for line in lines:
                output(line.rstrip("\n"))
