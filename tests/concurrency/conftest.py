"""Beside the shop as it is sold one with a guard of ours taken out, which shows that the race is real."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TypeVar

import pytest

from tests.harness.shop import Shop
from tests.scenes import SHAPE, STORE

T = TypeVar("T")


@pytest.fixture(scope="session")
def unguarded() -> Iterator[Shop]:
    """The control: the same product, started with settings that replace its guards by what shops usually do."""
    if SHAPE not in {"mono", "strict"}:
        pytest.skip("the control is always one unit: it is seen when that is tried")
    # Never strict, which calls everything twice: without the guards the second call takes the stock again.
    running = Shop(STORE, "mono", settings_module="tests.concurrency.unguarded.settings")
    yield running
    running.stop()


def all_at_once(actions: list[Callable[[], T]]) -> list[T]:
    """Run the actions in as many threads, let go at one moment; their results in order. The first error is raised."""
    results: list[T | None] = [None] * len(actions)
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(actions))

    def run(i: int) -> None:
        try:
            barrier.wait(30)
            results[i] = actions[i]()
        except BaseException as error:  # noqa: BLE001  # raised below, in the test's own thread
            errors.append(error)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(actions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if errors:
        raise errors[0]
    return results  # type: ignore[return-value]
