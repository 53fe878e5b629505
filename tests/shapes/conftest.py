"""One shop in six services for all tests of this folder, and one in two units, which are started in a third of the
time, for tests that start units again and again."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.scenes import STORE
from tests.shapes.split import Split

PAIR = "accounts+cart+orders/catalog+payments+notifications"


@pytest.fixture(scope="session")
def shop() -> Iterator[Split]:
    """Six services, the back office, and nginx before them."""
    running = Split(STORE)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def pair() -> Iterator[Split]:
    """Two units, of which each asks the other; the same besides."""
    running = Split(STORE, PAIR)
    yield running
    running.stop()


@pytest.fixture(params=[pytest.param("pair", marks=pytest.mark.sample), pytest.param("shop", id="split")])
def parted(request: pytest.FixtureRequest) -> Split:
    """Either."""
    found: Split = request.getfixturevalue(request.param)
    return found
