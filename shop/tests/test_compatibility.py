"""A contract only grows: whatever would break a process of the version before is named."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from shop.compatibility import broken

BEFORE: dict[str, Any] = {
    "ports": {
        "tea.brew": {
            "kind": "command",
            "key": "pot",
            "version": 1,
            "arguments": {"pot": "uuid", "cups": "int", "hot": "bool = True"},
            "answer": "Pot",
        }
    },
    "events": {"tea.brewed.v1": {"consumers": ["milk"], "fields": {"pot": "uuid", "note": "str = ''"}}},
    "errors": {"tea.no_water": {"title": "No water", "status": 409}},
    "types": {"Pot": {"cups": "int", "kind": "Kind"}, "Kind": ["green", "black"]},
}


def changed(edit: Callable[[Any], object]) -> dict[str, Any]:
    """BEFORE after one change."""
    now = copy.deepcopy(BEFORE)
    edit(now)
    return now


@pytest.mark.parametrize(
    "edit",
    [
        lambda now: now["ports"].update({"tea.pour": {}}),
        lambda now: now["ports"]["tea.brew"]["arguments"].update(milk="bool = False"),
        lambda now: now["ports"]["tea.brew"]["arguments"].update(cups="int = 2"),
        lambda now: now["events"]["tea.brewed.v1"].update(consumers=["milk", "sugar"]),
        lambda now: now["events"]["tea.brewed.v1"]["fields"].update(at="datetime | null = None"),
        lambda now: now["errors"].update({"tea.cold": {"title": "Cold", "status": 409}}),
        lambda now: now["errors"]["tea.no_water"].update(title="There is no water"),
        lambda now: now["types"]["Pot"].update(lid="str = 'on'"),
    ],
)
def test_a_contract_may_grow(edit: Callable[[Any], object]) -> None:
    assert broken(BEFORE, changed(edit), {}) == []


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (lambda now: now["ports"].clear(), "tea.brew: it is still asked"),
        (lambda now: now["ports"]["tea.brew"].update(kind="query"), "tea.brew.kind: it was command, and is query"),
        (lambda now: now["ports"]["tea.brew"].update(version=2), "tea.brew.version: it was 1, and is 2"),
        (lambda now: now["ports"]["tea.brew"].update(answer="Cup"), "tea.brew.answer: it was Pot, and is Cup"),
        (lambda now: now["ports"]["tea.brew"]["arguments"].pop("cups"), "tea.brew.cups: it is gone"),
        (lambda now: now["ports"]["tea.brew"]["arguments"].update(milk="bool"), "tea.brew.milk: it is new and has no"),
        (lambda now: now["ports"]["tea.brew"]["arguments"].update(cups="str"), "tea.brew.cups: it was int, and is str"),
        (lambda now: now["ports"]["tea.brew"]["arguments"].update(hot="bool"), "tea.brew.hot: it could be absent"),
        (lambda now: now["events"].clear(), "tea.brewed.v1: events of this kind still wait"),
        (lambda now: now["events"]["tea.brewed.v1"]["fields"].pop("pot"), "tea.brewed.v1.pot: it is gone"),
        (lambda now: now["errors"].clear(), "tea.no_water: callers of the version before"),
        (lambda now: now["errors"]["tea.no_water"].update(status=422), "tea.no_water: its status was 409, and is 422"),
        (lambda now: now["types"]["Kind"].remove("black"), "Kind.black: this value is still sent"),
        (lambda now: now["types"]["Kind"].append("white"), "Kind.white: the version before cannot read"),
        (lambda now: now["types"].update(Pot=["a"]), "Pot: it was an enumeration and is a record"),
        (lambda now: now["types"]["Pot"].update(lid="str"), "Pot.lid: it is new and has no default"),
    ],
)
def test_what_breaks_the_version_before_is_named(edit: Callable[[Any], object], named: str) -> None:
    [wrong] = broken(BEFORE, changed(edit), {})
    assert wrong.startswith(named)
    assert broken(BEFORE, changed(edit), {wrong.partition(":")[0]: "nobody has asked for it since 1.4"}) == []


def test_an_excuse_that_excuses_nothing_is_named() -> None:
    [wrong] = broken(BEFORE, BEFORE, {"tea.brew.cups": "nobody counts them"})
    assert wrong == "tea.brew.cups: docs/contracts-excused.json excuses it, but nothing is the matter"
