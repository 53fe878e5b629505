"""One world per test of attacks."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def world(database: None) -> Iterator[Any]:
    """Money, stock and prices are the same afterwards."""
    from tests.attacks.world import unharmed  # late: this file is read before Django is set up

    with unharmed() as made:
        yield made
