"""A shop that is killed and comes back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.harness.shop import SHORT_LEASES, Shop
from tests.scenes import SHAPE, STORE


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """The product on the engine and in the shape of this run."""
    running = Shop(STORE, SHAPE, env=SHORT_LEASES[STORE])
    yield running
    running.stop()
