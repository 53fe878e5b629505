"""Two versions of the contracts side by side: what the one says, the other must be able to read, in both directions.

While a shop is updated, and while its units are not updated together, a process of the version before asks one of this
version, is asked by it, and reads its events. So a contract only grows: what was there stays, what is new may be
absent. Whatever else somebody needs takes two releases, or a sentence in docs/contracts-excused.json that tells why it
harms nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]


def broken(before: Document, now: Document, excused: Mapping[str, str]) -> list[str]:
    """What a process of the version `before` cannot live with, by name; and excuses that excuse nothing."""
    found = dict(_differences(before, now))
    wrong = [f"{name}: {sentence}" for name, sentence in found.items() if name not in excused]
    wrong += [
        f"{name}: docs/contracts-excused.json excuses it, but nothing is the matter"
        for name in excused.keys() - found.keys()
    ]
    return sorted(wrong)


def _differences(before: Document, now: Document) -> Iterator[tuple[str, str]]:
    for name, port in before["ports"].items():
        yield from _port(name, port, now["ports"].get(name))
    for name, event in before["events"].items():
        if name not in now["events"]:
            yield name, "events of this kind still wait in outboxes, and nobody reads them any more"
        else:
            yield from _fields(name, event["fields"], now["events"][name]["fields"])
    for code, error in before["errors"].items():
        if code not in now["errors"]:
            yield code, "callers of the version before know what to do about this error, and it is gone"
        elif now["errors"][code]["status"] != error["status"]:
            yield code, f"its status was {error['status']}, and is {now['errors'][code]['status']}"
    for name, kind in before["types"].items():
        yield from _type(name, kind, now["types"].get(name))


def _port(name: str, before: Mapping[str, Any], now: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    if now is None:
        yield name, "it is still asked by the version before, and is gone"
        return
    for what in ("kind", "key", "version", "answer"):
        if before[what] != now[what]:
            yield f"{name}.{what}", f"it was {before[what]}, and is {now[what]}"
    yield from _fields(name, before["arguments"], now["arguments"])


def _type(name: str, before: Any, now: Any) -> Iterator[tuple[str, str]]:
    if now is None:
        return  # whoever used it is named by what it uses now
    if isinstance(before, list) != isinstance(now, list):
        yield name, "it was an enumeration and is a record, or the other way round"
    elif isinstance(before, list):
        yield from (
            (f"{name}.{value}", "this value is still sent, and not known any more")
            for value in before
            if value not in now
        )
        yield from (
            (f"{name}.{value}", "the version before cannot read this new value") for value in now if value not in before
        )
    else:
        yield from _fields(name, before, now)


def _fields(name: str, before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A field may be added with a default. One that was there stays, as it was."""
    for field, text in before.items():
        if field not in now:
            yield f"{name}.{field}", "it is gone, and the version before still sends and needs it"
        elif _kind(now[field]) != _kind(text):
            yield f"{name}.{field}", f"it was {_kind(text)}, and is {_kind(now[field])}"
        elif _has_default(text) and not _has_default(now[field]):
            yield f"{name}.{field}", "it could be absent, and must not be any more"
    for field, text in now.items():
        if field not in before and not _has_default(text):
            yield f"{name}.{field}", "it is new and has no default, and the version before does not send it"


def _kind(text: str) -> str:
    return text.partition(" = ")[0]


def _has_default(text: str) -> bool:
    return " = " in text
