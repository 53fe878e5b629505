"""How much slower this machine is than one that does nothing else, for tests that state a time."""

from __future__ import annotations

import os


def crowd() -> float:
    """How many want each core now, at least 1: a bound on time is meant for a machine of which a test has a core."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
