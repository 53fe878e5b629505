"""Fixtures of the black-box tests: one running shop for many tests, and its invariants after each."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.harness.shop import Shop


@pytest.fixture(scope="session")
def shops() -> Iterator[Callable[..., Shop]]:
    """Starts a shop with these options, or answers the one that runs: shops(settings_module="tests.unguarded")."""
    running: dict[str, Shop] = {}

    def find(**options: object) -> Shop:
        key = repr(sorted(options.items()))
        if key not in running:
            engine, shape = os.environ.get("STORE", "sqlite"), os.environ.get("SHAPE", "mono")
            running[key] = Shop(engine, shape, **options)  # type: ignore[arg-type]
        return running[key]

    yield find
    for shop in running.values():
        shop.stop()


@pytest.fixture
def shop(shops: Callable[..., Shop]) -> Shop:
    """The shop of this run: engine STORE, shape SHAPE."""
    return shops()
