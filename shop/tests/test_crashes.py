"""The process may die between any two steps: afterwards everything has happened, once."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from shop import clock
from shop.events import pending
from shop.models import CommandRecord
from shop.testing.drain import drain
from shop.tests.conftest import Crashed
from shop.tests.sample import api as sample
from shop.tests.sample.models import Counter

pytestmark = pytest.mark.usefixtures("database")

POINTS = (
    "ports.sample.add.before_commit",
    "ports.sample.add.after_commit",
    "relay.sample.claimed",
    "inbox.mirror.copy.before_commit",
    "inbox.mirror.copy.after_commit",
    "inbox.mirror.note.before_commit",
    "inbox.mirror.note.after_commit",
    "relay.sample.sent",
    "relay.sample.deleted",
)


def scenario(key: UUID) -> None:
    """One command, its event, two handlers."""
    sample.add(key=key, name="a")
    drain("sample", "mirror")


def test_the_points_below_are_all_the_points_there_are(counter, tmp_path, monkeypatch):
    counter()
    monkeypatch.setenv("SHOP_FAULTS", str(tmp_path))
    (tmp_path / "record").touch()
    scenario(uuid4())
    assert sorted(set((tmp_path / "seen").read_text().split())) == sorted(POINTS)


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_loses_nothing_and_doubles_nothing(point, counter, seen, crash_at, settings):
    counter()
    key = uuid4()
    crash_at(point)
    with pytest.raises(Crashed):
        scenario(key)
    # Restarted: the client repeats its call, and the lease of the dead relay ends.
    with clock.shifted(timedelta(seconds=settings.SHOP_LEASE_SECONDS + 1)):
        scenario(key)
    assert Counter.objects.get(pk="a").value == 1
    assert (seen("copy"), seen("note")) == ([("a", 1)], [("a", 1)])
    assert pending("sample") == {"new": 0, "dead": 0}
    assert CommandRecord.objects.using("sample").count() == 1
