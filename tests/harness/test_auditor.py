"""What waits is found wherever it is, what was given up does not wait, and a look ends at the first find."""

from __future__ import annotations

from typing import Any

import pytest

from config.contexts import CONTEXTS
from shop.ids import uuid7
from shop.models import OutboxRow
from tests.harness import auditor

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def of_the_shop_alone(settings) -> None:
    settings.SHOP_CONTEXTS = CONTEXTS  # without the samples of the kernel's own tests
    auditor._busy.clear()


def put(context: str, **values: Any) -> None:
    OutboxRow.objects.using(context).create(event_id=uuid7(), name="x", destination=context, payload="{}", **values)


def test_nothing_waits_in_a_quiet_shop():
    assert auditor.waiting() == {}
    assert sum(auditor.pending().values()) == 0


@pytest.mark.parametrize("context", ["accounts", "payments", "notifications"])
def test_what_waits_is_named_with_its_context_and_this_one_is_asked_first_the_next_time(context, monkeypatch):
    put(context)
    assert auditor.waiting() == {f"{context}.outbox": 1}

    asked: list[str] = []
    look = auditor._pending_in

    def counted(one: str) -> dict[str, int]:
        asked.append(one)
        return look(one)

    monkeypatch.setattr(auditor, "_pending_in", counted)
    assert auditor.waiting() == {f"{context}.outbox": 1}
    assert asked == [context]
    OutboxRow.objects.using(context).all().delete()
    assert auditor.waiting() == {}
    assert sorted(asked[1:]) == sorted(CONTEXTS)


def test_what_was_given_up_does_not_wait_and_is_told():
    put("orders", state="dead")
    assert auditor.waiting() == {}
    assert auditor.pending()["orders.outbox_dead"] == 1
