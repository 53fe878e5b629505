"""What the tests of payments share."""

from __future__ import annotations

import pytest

from apps.payments.providers import using_provider
from apps.payments.tests.memory import MemoryProvider
from shop import faults


@pytest.fixture
def memory():
    """The provider in memory, used by all services."""
    with using_provider(MemoryProvider()) as provider:
        yield provider


class Crash(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def crash_at(tmp_path, monkeypatch):
    """`crash_at("name")`: the next pass of this point ends what runs, as a power cut would; the call gives the error."""
    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))

    def crash() -> None:
        raise Crash

    monkeypatch.setattr(faults, "crash", crash)

    def arm(name: str) -> type[Crash]:
        (tmp_path / name).touch()
        return Crash

    return arm
