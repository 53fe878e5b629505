"""What a stretch of work costs: statements and transactions of each context, questions to other contexts and to
Stripe, Celery tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connections

from shop import jobs
from shop.ports import count_calls
from shop.testing.counting import queries_of


@dataclass(slots=True)
class Cost:
    """Everything that leaves the process, or makes another one work."""

    databases: dict[str, tuple[int, int]] = field(default_factory=dict)
    """(statements, transactions) by context; one that was not asked is absent."""
    calls: list[str] = field(default_factory=list)
    """The ports asked, in order."""
    tasks: list[str] = field(default_factory=list)
    """The jobs woken, in order: each is one Celery task."""
    stripe: int = 0
    """Requests to Stripe."""


class Meter:
    """Notes the cost of named stretches of work: `with meter("POST /orders"): ...`."""

    def __init__(self, requests_to_stripe: Callable[[], int]) -> None:
        self.noted: dict[str, Cost] = {}
        self._requests_to_stripe = requests_to_stripe

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        """What happens inside is the cost of `name`."""
        cost, woken, asked = Cost(), len(jobs.woken), self._requests_to_stripe()
        statements: dict[str, list[str]] = {}
        commits: dict[str, list[None]] = {}
        with ExitStack() as stack:
            for context in settings.SHOP_CONTEXTS:
                statements[context] = stack.enter_context(queries_of(context))
                commits[context] = stack.enter_context(_commits(connections[context]))
            cost.calls = stack.enter_context(count_calls())
            yield
        for context, asked_there in statements.items():
            if asked_there or commits[context]:
                cost.databases[context] = (len(asked_there), len(commits[context]))
        cost.tasks = jobs.woken[woken:]
        cost.stripe = self._requests_to_stripe() - asked
        self.noted[name] = cost


@contextmanager
def _commits(connection: Any) -> Iterator[list[None]]:
    seen: list[None] = []
    commit = connection.commit

    def counting() -> None:
        commit()
        seen.append(None)

    connection.commit = counting
    try:
        yield seen
    finally:
        del connection.commit
