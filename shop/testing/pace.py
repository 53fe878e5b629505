"""How much slower this machine is than one that does nothing else, for tests that state a time."""

from __future__ import annotations

import os
import time

NOMINAL_SECONDS = 0.004
"""Of the work below, on a core of the machine that the bars of our tests are meant for, when it is left alone."""


def crowd() -> float:
    """How many want each core now, at least 1: a bound on time is meant for a machine of which a test has a core."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def slowness() -> float:
    """How much longer a core computes at this moment than it is meant to, at least 1: others share its caches, and a
    virtual machine's core may be half of one. By a piece of work of fixed size, the best of ten."""
    return max(1.0, min(_seconds_of_work() for _ in range(10)) / NOMINAL_SECONDS)


def _seconds_of_work() -> float:
    found: dict[str, tuple[int, int]] = {}
    began = time.thread_time()
    for number in range(20_000):
        found[str(number % 977)] = (number, number * 3)
    return time.thread_time() - began
