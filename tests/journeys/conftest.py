"""A fresh buyer for each journey, a hostile client, and which journeys are made where only a half of them is."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.buyer import Buyer
from tests.harness.shop import Shop
from tests.hostile import Scene, unharmed
from tests.journeys.halves import is_of_half

HALF = os.environ.get("HALF", "")
"""As "0/5496", for a sample: of the two halves that the journeys fall into by that number the first, and `sample`s."""


def pytest_report_header() -> str:
    """How to have the same ones again."""
    return f"a half of the journeys: HALF={HALF}" if HALF else "all journeys"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the other half out."""
    others = [
        item
        for item in items
        if HALF and "journeys" in item.path.parts and not item.get_closest_marker("sample")
        if not is_of_half(item.name, HALF)
    ]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@pytest.fixture
def buyer(shop: Shop) -> Buyer:
    """A guest."""
    return shop.buyer()


@pytest.fixture(scope="module")
def scene(shop: Shop) -> Iterator[Scene]:
    """What a hostile client could harm; checked afterwards."""
    with unharmed(shop) as made:
        yield made
