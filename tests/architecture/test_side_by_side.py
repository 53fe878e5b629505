"""A process of the release before and one of today understand each other: every port and event, in both directions.

What the release before said is docs/contracts-before.json; it is made into readers and writers of its own, so its code
is not needed. Today's side is the code itself.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from django.conf import settings

from shop.contracts import document
from shop.events import EVENTS
from shop.ports import PORTS
from tests.harness.versions import Version, samples

DOCS = settings.BASE_DIR / "docs"
EXCUSED = json.loads((DOCS / "contracts-excused.json").read_text(encoding="utf-8"))


def misunderstandings(before: Version) -> Iterator[str]:
    """Who cannot read what, and why."""
    for name in before.document["ports"]:
        port = PORTS[tuple(name.split("."))]  # type: ignore[index]  # two names
        yield from _unread(f"{name}: a call of the version before", before.arguments(name), port.arguments)
        yield from _unread(f"{name}: an answer of the version before", before.answer(name), port.answer)
        yield from _unread(f"{name}: a call of today", port.arguments.type, before.arguments(name))
        yield from _unread(f"{name}: an answer of today", port.answer.type, before.answer(name))
    for name in before.document["events"]:
        yield from _unread(f"{name} of the version before", before.event(name), EVENTS[name])
        yield from _unread(f"{name} of today", EVENTS[name], before.event(name))


def _unread(what: str, written: Any, reader: Any) -> Iterator[str]:
    decode = reader.decode if hasattr(reader, "decode") else msgspec.json.Decoder(reader).decode
    for sample in samples(written):
        try:
            decode(msgspec.json.encode(sample))
        except (msgspec.ValidationError, ValueError) as error:
            yield f"{what}: {error}"


@pytest.fixture
def before() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / "contracts-before.json").read_text(encoding="utf-8"))
    return found


def test_the_release_before_and_today_read_each_other(before: dict[str, Any]) -> None:
    assert (len(before["ports"]) > 20, len(before["events"]) > 30) == (True, True)
    excused = tuple(name for name in EXCUSED if name in before["ports"] or name in before["events"])
    served = {kind: {name: it for name, it in before[kind].items() if name not in excused} for kind in before}
    assert list(misunderstandings(Version(served))) == []


def _port(document: Any) -> Any:
    return document["ports"]["catalog.reserve_stock"]["arguments"]


def _event(document: Any) -> Any:
    return document["events"]["payments.payment_succeeded.v1"]["fields"]


@pytest.mark.parametrize(
    ("told", "edit"),
    [
        ("a call of the version before: Object missing", lambda it: _port(it).pop("lines")),
        ("an answer of today: Object missing", lambda it: it["types"]["Reservation"].update(shelf="str")),
        ("payment_succeeded.v1 of the version before: Object missing", lambda it: _event(it).pop("order_id")),
        ("payment_succeeded.v1 of today: Object missing", lambda it: _event(it).update(by="str")),
        ("Expected `int`", lambda it: _port(it).update(hold_seconds="str")),
        ("Invalid enum value", lambda it: it["types"]["PaymentMethod"].pop()),
    ],
)
def test_what_they_would_not_understand_is_seen(told: str, edit: Any) -> None:
    other = copy.deepcopy(document())
    edit(other)
    found = list(misunderstandings(Version(other)))
    assert [line for line in found if told in line], found


def test_what_the_other_does_not_know_is_passed_over() -> None:
    other = copy.deepcopy(document())
    other["ports"]["catalog.reserve_stock"]["arguments"]["shelf"] = "str = ''"
    other["events"]["payments.payment_succeeded.v1"]["fields"]["by"] = "str = ''"
    other["types"]["Reservation"]["shelf"] = "str = ''"
    assert list(misunderstandings(Version(other))) == []
