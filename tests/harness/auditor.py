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
        case "facts":
            return facts()
        case "call":
            module, _, name = question["name"].rpartition(".")
            return getattr(import_module(module), name)(**question["arguments"])
    raise ValueError(question)


def pending() -> dict[str, int]:
    """What still has to happen, by "<context>.<what>". What was given up says "dead"."""
    from django.conf import settings

    from shop.db import alias
    from shop.models import STATE_DEAD, IdempotencyKey, OutboxRow

    waiting: dict[str, int] = {}
    for context in settings.SHOP_CONTEXTS:
        outbox = OutboxRow.objects.using(alias(context))
        waiting[f"{context}.outbox"] = outbox.exclude(state=STATE_DEAD).count()
        waiting[f"{context}.outbox_dead"] = outbox.filter(state=STATE_DEAD).count()
        running = IdempotencyKey.objects.using(alias(context)).filter(state="running", status=0)
        waiting[f"{context}.requests_unfinished"] = running.count()
        for name, count in _ask(context, "pending").items():
            waiting[f"{context}.{name.removeprefix(context + '.')}"] = count
    return waiting


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
