"""Print the fastest Python of this version that this machine has: `python3 config/dev/interpreter.py`.

A Python that was compiled here without its optimizations, as pyenv does unless it is told, takes a third longer to
compute and a tenth longer for all that the shop does; the system's own often lies beside it. What a Python says of how
it was built is not to be trusted (Debian's denies it), so each is asked to compute a little, which takes half a second,
when the environment is made. Who names one by `make PYTHON=...` gets that one.

Runs on the system's Python with nothing installed, as a plain file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

NAME = "python{}.{}".format(*sys.version_info)
PLACES = ("/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")
"""Where systems have theirs, whatever comes before it in the PATH."""
BETTER = 0.85
"""Another one is taken when it needs at most this part of the time: less is chance."""
ROUNDS = 2
PATIENCE_SECONDS = 10.0
NEVER = float("inf")
ASKED = """
import ensurepip, sqlite3, ssl, sys, time, venv
class Thing:
    def __init__(self, number):
        self.number = number
    def plus(self, other):
        return self.number + other
def compute():
    began, total, names = time.process_time(), 0, {}
    for number in range(20_000):
        total += Thing(number).plus(1)
        names["%s-%s" % (number % 500, total % 7)] = [part for part in (number, total)]
    return time.process_time() - began
print(min(compute() for _ in range(5)))
"""
"""Prints the seconds of some calls, attributes, strings and lists; fails where something is missing that the
environment needs, as on a Debian without python3-venv."""


def fastest(programs: Iterable[str]) -> str:
    """The one of these Pythons that computes fastest; the first, unless another is better by a sixth or it cannot make
    an environment."""
    seconds = dict.fromkeys(programs, NEVER)
    first = next(iter(seconds))
    if len(seconds) > 1:
        for _ in range(ROUNDS):  # in turn: a machine may become slower meanwhile
            seconds = {program: min(before, _seconds_of(program)) for program, before in seconds.items()}
    best = min(seconds, key=lambda program: seconds[program])
    return best if seconds[best] <= BETTER * seconds[first] else first


def candidates() -> list[str]:
    """This Python, and all others that have its version's name in the PATH and where systems keep theirs."""
    places = [*os.environ.get("PATH", "").split(os.pathsep), *PLACES]
    found = {os.path.realpath(sys.executable): sys.executable}
    for program in (Path(place, NAME) for place in places if place):
        if _is_program(program):
            found.setdefault(os.path.realpath(program), str(program))
    return list(found.values())


def _is_program(path: Path) -> bool:
    """No script, which only chooses among others."""
    try:
        with path.open("rb") as file:
            return os.access(path, os.X_OK) and file.read(2) != b"#!"
    except OSError:
        return False


def _seconds_of(program: str) -> float:
    try:
        told = subprocess.run(
            [program, "-I", "-c", ASKED], check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS
        )
        return float(told.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return NEVER


if __name__ == "__main__":
    print(fastest(candidates()))
