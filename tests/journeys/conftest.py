"""A fresh buyer for each journey, and a hostile client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.buyer import Buyer
from tests.harness.shop import Shop
from tests.hostile import Scene, unharmed


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    """A guest."""
    return shop.buyer()


@pytest.fixture(scope="module")
def scene(shop: Shop) -> Iterator[Scene]:
    """What a hostile client could harm; checked afterwards."""
    with unharmed(shop) as made:
        yield made
