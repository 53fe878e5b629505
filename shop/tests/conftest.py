"""Fixtures of the kernel's tests. Models are imported late: this file is read before Django is set up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from shop import faults


class Crashed(BaseException):
    """Stands for the end of the process: nothing in the product catches it."""


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Test switches are off and nothing has been woken."""
    from shop.jobs import woken
    from shop.tests.mirror import subscribers

    subscribers.refused.clear()
    woken.clear()
    yield
    subscribers.refused.clear()
    woken.clear()


@pytest.fixture
def counter(database) -> Callable[..., Any]:
    """Makes a counter row."""
    from shop.db import transact
    from shop.tests.sample.models import Counter

    def make(name: str = "a", **values: int) -> Any:
        return transact("sample", lambda: Counter.objects.create(id=name, **values))

    return make


@pytest.fixture
def seen() -> Callable[[str], list[tuple[str, int]]]:
    """What a handler of mirror has had, in the order of its effects."""
    from shop.tests.mirror.models import Seen

    def read(handler: str = "copy") -> list[tuple[str, int]]:
        return list(Seen.objects.filter(handler=handler).order_by("pk").values_list("counter", "value"))

    return read


@pytest.fixture
def crash_at(tmp_path: Path, monkeypatch) -> Callable[[str], None]:
    """Arms a crash point; it raises Crashed, which rolls back like a dead process."""

    def crash() -> None:
        raise Crashed

    monkeypatch.setattr(faults, "crash", crash)
    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))
    return lambda name: (tmp_path / name).touch()
