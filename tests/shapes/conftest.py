"""One split shop for all tests of this folder."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.scenes import STORE
from tests.shapes.split import Split


@pytest.fixture(scope="session")
def shop() -> Iterator[Split]:
    """Six services, the back office, and nginx before them."""
    os.environ.setdefault("SHAPE", "split")
    running = Split(STORE)
    yield running
    running.stop()
