"""Keeps a set of programs running until it is told to stop, and then leaves none behind."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable

from config.dev.processes import Guard, NotReady, Process, Program

READY_SECONDS = 60
FIRST_WAIT, LONGEST_WAIT, HEALTHY_SECONDS = 0.5, 30.0, 30.0


class Stopped(Exception):
    """We were asked to stop while something was starting."""


class Supervisor:
    """Starts programs in waves, starts a crashed one again with growing pauses, stops the waves in reverse order."""

    def __init__(self, stop: threading.Event, say: Callable[[str], None]) -> None:
        self._asked = stop
        self._say = say
        self._guard = Guard()
        self._waves: list[list[str]] = []
        self._running: dict[str, Process] = {}
        self._again: dict[str, _Again] = {}

    def start(self, programs: Iterable[Program]) -> None:
        """Start all of them together; come back when each is ready, or raise NotReady when one ends, or Stopped."""
        wave: list[str] = []
        self._waves.append(wave)
        for program in programs:
            self._refuse_when_asked()
            wave.append(program.name)
            self._launch(program)
        for name in wave:
            self._running[name].wait_ready(READY_SECONDS, lambda: self._go_on_starting(wave))

    def run(self, program: Program) -> int:
        """Run one program to its end and answer its exit code. Raises Stopped."""
        process = Process(program, self._guard, self._say)
        try:
            while process.exit_code is None:
                self._refuse_when_asked()
                time.sleep(0.03)
            return process.exit_code
        finally:
            process.stop()

    def watch(self) -> None:
        """Until we are asked to stop: whatever ends is started again."""
        while not self._asked.wait(0.2):
            for name, process in list(self._running.items()):
                if process.exit_code is not None:
                    self._crashed(name, process)

    def stop(self) -> None:
        """Those that serve people and tasks first, then those that they need."""
        for wave in reversed(self._waves):
            processes = [self._running[name] for name in wave if name in self._running]
            for process in processes:
                process.ask_to_stop()
            for process in processes:
                process.stop()
        self._guard.close()

    def _launch(self, program: Program) -> None:
        self._running[program.name] = Process(
            program, self._guard, lambda line: self._say(f"{program.name:>8} | {line}")
        )

    def _go_on_starting(self, wave: Iterable[str]) -> None:
        self._refuse_when_asked()
        for name in wave:
            if (code := self._running[name].exit_code) is not None:
                raise NotReady(f"{name} ended with code {code} while it was starting.")

    def _refuse_when_asked(self) -> None:
        if self._asked.is_set():
            raise Stopped

    def _crashed(self, name: str, process: Process) -> None:
        again = self._again.setdefault(name, _Again())
        if again.at is None:
            process.kill()  # what is left of its group
            pause = again.plan()
            self._say(f"{name} ended with code {process.exit_code}; it is started again in {pause:g} s")
        elif time.monotonic() >= again.at:
            again.at, again.started = None, time.monotonic()
            self._launch(process.program)


class _Again:
    """When a crashed program is started again."""

    def __init__(self) -> None:
        self.at: float | None = None
        self.started = time.monotonic()
        self._pause = FIRST_WAIT

    def plan(self) -> float:
        if time.monotonic() - self.started > HEALTHY_SECONDS:
            self._pause = FIRST_WAIT
        pause, self._pause = self._pause, min(self._pause * 2, LONGEST_WAIT)
        self.at = time.monotonic() + pause
        return pause
