"""Fixtures of the black-box tests: one running shop for all of a process that need no shop of their own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.shop import Shop
from tests.scenes import SHAPE, STORE


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """The product, on the engine and in the shape of this run: web with several processes, worker, servers."""
    running = Shop(STORE, SHAPE)
    yield running
    running.stop()
