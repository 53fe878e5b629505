"""Events: how a context tells what has happened, without knowing who listens.

Promise: an event is stored in the publisher's own transaction and reaches every handler that
declares it; its effect there happens once; events of one key arrive in order, except that a dead
letter lets its successors pass (so handlers ignore stale news).
"""

from __future__ import annotations

from uuid import UUID

from .declare import CONSUMERS, EVENTS, HANDLERS, Event, Handler, consumes, subscribe

__all__ = [
    "CONSUMERS",
    "EVENTS",
    "HANDLERS",
    "Event",
    "Handler",
    "consumes",
    "pending",
    "publish",
    "retry_dead",
    "subscribe",
]


def publish(event: Event, *, key: UUID | str) -> None:
    """Tell it to all consumers when the open transaction of the event's context commits; `key` orders it."""
    from .outbox import publish as store

    store(event, key=str(key))


def pending(context: str) -> dict[str, int]:
    """How many deliveries of this context's events wait ("new") and how many have failed for good ("dead")."""
    from .outbox import pending as count

    return count(context)


def retry_dead(context: str, ids: list[UUID] | None = None) -> int:
    """Send dead letters again, all or those with these ids; answers how many."""
    from .outbox import retry_dead as retry

    return retry(context, ids)
