"""The publisher's side: rows in its own database, one per event and destination."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import msgspec
from django.db import connections
from django.db.models import Count

from shop.call import current
from shop.clock import now
from shop.db import alias
from shop.errors import CallInsideTransaction
from shop.ids import uuid7
from shop.models import STATE_DEAD, STATE_NEW, OutboxRow

from .declare import CONSUMERS, Event

KEEP = timedelta(days=90)
"""How long inbox and command rows are kept; an older dead letter could be handled twice, so it is never retried."""


def publish(event: Event, *, key: str) -> None:
    """Store the event for each consumer in the open transaction, and wake the relay after its commit."""
    context = event.context()
    using = alias(context)
    if not connections[using].in_atomic_block:
        raise CallInsideTransaction(f"publish({event.name}) needs an open transaction of {context}: see transact")
    if len(key) > OutboxRow.KEY_LENGTH:
        raise ValueError(f"publish({event.name}): a key has at most {OutboxRow.KEY_LENGTH} characters")
    destinations = sorted(CONSUMERS[event.name])
    if not destinations:
        return
    event_id, payload = uuid7(), msgspec.json.encode(event).decode()
    trace_id, at = current().trace_id, now()
    OutboxRow.objects.using(using).bulk_create(
        OutboxRow(
            event_id=event_id,
            name=event.name,
            destination=destination,
            key=key,
            payload=payload,
            trace_id=trace_id,
            due_at=at,
            created_at=at,
        )
        for destination in destinations
    )
    from shop.events.relay import wake_relay  # the relay is a job, and jobs know the models

    wake_relay(context)


def pending(context: str) -> dict[str, int]:
    """Deliveries that wait and deliveries that are dead."""
    counted = OutboxRow.objects.using(alias(context)).order_by().values_list("state").annotate(Count("pk"))
    return {STATE_NEW: 0, STATE_DEAD: 0, **dict(counted)}


def retry_dead(context: str, ids: list[UUID] | None = None) -> int:
    """Make dead letters due now, with all their attempts; those that are too old stay dead."""
    rows = OutboxRow.objects.using(alias(context)).filter(state=STATE_DEAD, created_at__gte=now() - KEEP)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    count = rows.update(state=STATE_NEW, attempts=0, due_at=now(), claim=None)
    if count:
        from shop.events.relay import wake_relay

        wake_relay(context)
    return count
