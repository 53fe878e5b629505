"""What the tests of notifications share."""

from __future__ import annotations

import pytest

from apps.notifications.providers import Outgoing, using_carrier
from apps.notifications.rules import Channel
from apps.notifications.tests.events import confirmed, hear
from shop import faults
from shop.ids import uuid7


class Crash(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def crash_at(tmp_path, monkeypatch):
    """`crash_at("name")`: the next pass of this point ends what runs; the call gives the error."""
    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))

    def crash() -> None:
        raise Crash

    monkeypatch.setattr(faults, "crash", crash)

    def arm(name: str) -> type[Crash]:
        (tmp_path / name).touch()
        return Crash

    return arm


class Post:
    """A carrier that keeps what it was given, and fails as told."""

    def __init__(self) -> None:
        self.taken: list[Outgoing] = []
        self.error: Exception | None = None
        self.found: list[str] = []
        """What it says to be sent already when it is asked."""

    def send(self, message: Outgoing) -> str:
        if self.error is not None:
            raise self.error
        self.taken.append(message)
        return f"post-{len(self.taken)}"

    def find(self, message: Outgoing) -> list[str]:
        return self.found


@pytest.fixture
def post():
    with using_carrier(Channel.MAIL, Post()) as carrier:
        yield carrier


@pytest.fixture
def written():
    """A message that waits to be sent."""
    from apps.notifications.models import Message  # not before Django is set up

    hear(confirmed(uuid7()))
    return Message.objects.get()
