"""`make test`: every check and every test in stages, as many at once as there are cores; and `make lint`.

A stage prints to var/test-logs/<stage>.log; of a failed one the log is shown. Arguments choose stages by a part of
their name: `make test ARGS=mongodb`. SHAPE or STORE choose what knows only the public address, in that shape and on
that engine: `make test SHAPE=split STORE=mongodb`. `make test-all` runs every suite on every engine and in every shape.
"""

from __future__ import annotations

import os
import re
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.dev import mongod
from config.dev.mongod import NoMongod
from config.dev.processes import CHECKOUT, Guard, Process, Program
from config.dev.stages import ALL, COVERAGE, EVERYTHING, LINT, Stage, black_boxes
from config.dev.units import UnknownShape

LOGS = CHECKOUT / "var" / "test-logs"
SHOWN_LINES = 250
SPARE = 0.5
"""So much more of a core may be asked for than there is: no stage computes all the time."""
STORES = ("sqlite", "mongodb")
COUNTED = ("passed", "failed", "skipped", "error")


class UnknownStore(ValueError):
    """The message says in a sentence which there are."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a stage ended."""

    stage: Stage
    code: int
    seconds: float
    log: str
    computed: float = 0
    """Seconds of processor time of its processes, as far as they were waited for."""

    @property
    def counts(self) -> dict[str, int]:
        """What its closing line counted; a stage without one counts as one check."""
        found = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", self.closing)}
        if not found or (self.code and not found.get("failed") and not found.get("error")):
            found["failed" if self.code else "passed"] = found.get("failed" if self.code else "passed", 0) + 1
        return found

    @property
    def closing(self) -> str:
        """pytest's closing line, or nothing."""
        lines = [line for line in self.log.splitlines() if re.fullmatch(r"=+ .*\bin [\d.]+s.*=+", line)]
        return lines[-1] if lines else ""


def main(words: Sequence[str]) -> int:
    """0 when every chosen stage passed."""
    try:
        stages = _chosen(words, os.environ.get("STORE", ""), os.environ.get("SHAPE", ""))
    except (UnknownShape, UnknownStore) as error:
        print(error, file=sys.stderr)
        return 2
    if not stages:
        print(f"No stage has such a name; there are: {', '.join(stage.name for stage in ALL)}")
        return 2
    if any(stage.needs_mongod for stage in stages):
        try:
            mongod.binary()
        except NoMongod as error:
            print(error, file=sys.stderr)
            return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    COVERAGE.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    results = Runner(stages).run()
    return _report(results, time.monotonic() - began)


class Runner:
    """Runs stages side by side in their order, each as soon as there is room for its load and those that it comes after
    have ended."""

    def __init__(self, stages: Sequence[Stage]) -> None:
        self._waiting = list(stages)
        self._names = {stage.name for stage in stages}
        self._running: dict[str, tuple[Stage, Process, float]] = {}
        self._results: list[Result] = []
        self._cores = max(2, os.cpu_count() or 2)

    def run(self) -> list[Result]:
        """The results, in the order in which the stages ended."""
        guard = Guard()
        try:
            while self._waiting or self._running:
                self._start_what_can(guard)
                self._collect()
                time.sleep(0.05)
        finally:
            for _stage, process, _began in self._running.values():
                process.stop()
            guard.close()
        return self._results

    def _start_what_can(self, guard: Guard) -> None:
        ended = {result.stage.name for result in self._results}
        for stage in list(self._waiting):
            busy = sum(running.load for running, _, _ in self._running.values())
            if self._running and busy + stage.load > self._cores + SPARE:
                return
            if set(stage.after) & self._names <= ended:
                self._waiting.remove(stage)
                with _log(stage).open("w", encoding="utf-8") as output:
                    process = Process(Program(stage.name, stage.argv, stage.env), guard, output)
                self._running[stage.name] = stage, process, time.monotonic()

    def _collect(self) -> None:
        for name, (stage, process, began) in list(self._running.items()):
            seconds = time.monotonic() - began
            before = _computed()
            code = process.exit_code
            computed = _computed() - before  # of the one that ended in this moment, if it did
            if code is None and seconds > stage.limit_seconds:
                code = 124
            if code is not None:
                process.kill()
                del self._running[name]
                log = _log(stage).read_text(encoding="utf-8", errors="replace")
                self._ended(Result(stage, code, seconds, log, computed))

    def _ended(self, result: Result) -> None:
        self._results.append(result)
        word = "ok  " if result.code == 0 else "FAIL"
        times = f"{result.seconds:6.1f} s, {result.computed:6.1f} s of a core"
        print(f"{word} {result.stage.name:<22} {times}  {result.closing.strip('= ')}", flush=True)
        if result.code:
            lines = result.log.splitlines()
            print(f"--- {_log(result.stage)} (last {min(len(lines), SHOWN_LINES)} of {len(lines)} lines) ---")
            print("\n".join(lines[-SHOWN_LINES:]))
            print(f"--- end of {result.stage.name}: exit code {result.code} ---", flush=True)


def _computed() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _chosen(words: Sequence[str], store: str = "", shape: str = "") -> list[Stage]:
    """Raises UnknownShape and UnknownStore."""
    if list(words) == ["lint"]:
        return list(LINT)
    if words[:1] == ["everything"]:
        return [stage for stage in EVERYTHING if not words[1:] or any(word in stage.name for word in words[1:])]
    there = _of_one_shape(store or STORES[0], shape or "mono") if shape or store not in {"", STORES[0]} else ALL
    return [stage for stage in there if not words or any(word in stage.name for word in words)]


def _of_one_shape(store: str, shape: str) -> Sequence[Stage]:
    if store not in STORES:
        raise UnknownStore(f"STORE: {store!r} is none of {' and '.join(STORES)}, for which pip brings a server.")
    return black_boxes(store, shape)


def _log(stage: Stage) -> Path:
    return LOGS / f"{stage.name}.log"


def _report(results: Sequence[Result], seconds: float) -> int:
    for result in results:
        if result.closing:
            print(f"{result.stage.name}:\n{result.closing}")
    totals = {word: sum(result.counts.get(word, 0) for result in results) for word in COUNTED}
    bad = [result.stage.name for result in results if result.code]
    print(f"\n{len(results)} stages in {seconds:.0f} s" + (f"; failed: {', '.join(bad)}" if bad else ""))
    print(f"{totals['passed']} passed, {totals['failed'] + totals['error']} failed, {totals['skipped']} skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
