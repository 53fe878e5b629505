"""`pytest -p tests.coverage.plugin` measures `[tool.slipcover]` of pyproject.toml and writes it to COVERAGE_FILE.

COVERAGE_OF=shop/db/mongodb measures this folder only. `python -m tests.coverage FILE...` tells what came of it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from slipcover.config import read_config

from tests.coverage.measure import Measure, TooLate

FIRST = 50
"""Tests after which what has run is left alone, and then each time after twice as many: most of it ran early."""


class Plugin:
    """Measures this process; what it forks or starts is not its business."""

    def __init__(self, file: Path, measure: Measure) -> None:
        self._file = file
        self._measure = measure
        self._process = os.getpid()
        self._tests = 0
        self._next = FIRST

    def pytest_runtest_logfinish(self) -> None:
        """Lighten when it is due and possible."""
        self._tests += 1
        if self._tests >= self._next and self._measure.lighten():
            self._next = self._tests * 2

    @pytest.hookimpl(trylast=True)
    def pytest_unconfigure(self) -> None:
        """Write, unless a forked child came here."""
        if os.getpid() == self._process:
            self._measure.write(self._file)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """Start before any conftest.py: it imports what is to be measured. What an earlier run wrote is gone now."""
    root = Path.cwd()
    file = Path(os.environ.get("COVERAGE_FILE") or root / "var" / "coverage" / "by-hand.json").absolute()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.unlink(missing_ok=True)
    if "PYTEST_XDIST_WORKER" in os.environ:
        raise pytest.UsageError("Coverage is measured in one process: leave -n out.")
    table = read_config(root / "pyproject.toml")
    named = os.environ.get("COVERAGE_OF")
    measure = Measure(root, [named] if named else table["source"], table)
    try:
        measure.start()
    except TooLate as error:
        raise pytest.UsageError(str(error)) from error
    early_config.pluginmanager.register(Plugin(file, measure), "measuring")
