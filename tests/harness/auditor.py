"""Runs beside a shop under test, in its environment, and answers questions as JSON lines: what waits, what is true.

It looks into the databases as no client could, which is why it is a process of its own: what a test sees over HTTP
stays apart from what it sees here.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from importlib import import_module
from typing import Any

import django


def main() -> None:
    """Answer each line of stdin with one line on stdout."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    answers, sys.stdout = sys.stdout, sys.stderr  # nothing else may write between the answers
    django.setup()
    for line in sys.stdin:
        try:
            answer = {"answer": _answer(json.loads(line))}
        except Exception:  # noqa: BLE001  # told to the test, which shows it
            answer = {"error": traceback.format_exc()}
        answers.write(json.dumps(answer, default=str) + "\n")
        answers.flush()


def _answer(question: dict[str, Any]) -> Any:
    match question["ask"]:
        case "pending":
            return pending()
        case "waiting":
            return waiting()
        case "facts":
            return facts()
        case "call":
            module, _, name = question["name"].rpartition(".")
            return getattr(import_module(module), name)(**question["arguments"])
    raise ValueError(question)


def pending() -> dict[str, int]:
    """What still has to happen, by "<context>.<what>". What was given up says "dead"."""
    from django.conf import settings

    return {name: count for context in settings.SHOP_CONTEXTS for name, count in _pending_in(context).items()}


def waiting() -> dict[str, int]:
    """What still has to happen in the first context in which something has; empty when all are quiet.

    The one that was busy last is asked first: who waits for quiet mostly learns from it that there is none yet.
    """
    from django.conf import settings

    for context in [*_busy, *(one for one in settings.SHOP_CONTEXTS if one not in _busy)]:
        if found := {name: count for name, count in _pending_in(context).items() if count and "dead" not in name}:
            _busy[:] = [context]
            return found
    return {}


_busy: list[str] = []
"""The context in which something was waiting at the last look."""


def _pending_in(context: str) -> dict[str, int]:
    from shop.db import alias
    from shop.models import STATE_DEAD, IdempotencyKey, OutboxRow

    outbox = OutboxRow.objects.using(alias(context))
    running = IdempotencyKey.objects.using(alias(context)).filter(state="running", status=0)
    return {
        f"{context}.outbox": outbox.exclude(state=STATE_DEAD).count(),
        f"{context}.outbox_dead": outbox.filter(state=STATE_DEAD).count(),
        f"{context}.requests_unfinished": running.count(),
        **{f"{context}.{name.removeprefix(context + '.')}": count for name, count in _ask(context, "pending").items()},
    }


def facts() -> dict[str, Any]:
    """Everything that the invariants speak of."""
    from django.conf import settings

    return {name: value for context in settings.SHOP_CONTEXTS for name, value in _ask(context, "facts").items()}


def _ask(context: str, name: str) -> dict[str, Any]:
    try:
        module = import_module(f"apps.{context}.testing.facts")
    except ModuleNotFoundError as error:
        if error.name == f"apps.{context}.testing.facts":
            return {}  # this context has nothing to tell
        raise
    found: dict[str, Any] = getattr(module, name)()
    return found


if __name__ == "__main__":
    main()
