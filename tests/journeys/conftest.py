"""One running shop for all journeys of this process, and a fresh buyer for each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.buyer import Buyer
from tests.harness.shop import Shop
from tests.hostile import Scene, unharmed
from tests.scenes import SHAPE, STORE


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    """Web, worker, beat and their servers, on the engine and in the shape of this run."""
    running = Shop(STORE, SHAPE)
    yield running
    running.stop()


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    """A guest."""
    return shop.buyer()


@pytest.fixture(scope="module")
def scene(shop: Shop) -> Iterator[Scene]:
    """What a hostile client could harm; checked afterwards."""
    with unharmed(shop) as made:
        yield made
