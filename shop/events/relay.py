"""The relay: claim due rows, send them, delete what was accepted.

Promise: whatever was published is sent until it is accepted or dead, also after a crash between
any two steps; of one (destination, key) only the oldest unsent rows are sent, in order. Two relays
at once do no harm. A batch for one destination costs five queries, however many rows it has.
"""

from __future__ import annotations

import logging
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import F, QuerySet

from shop.clock import now
from shop.db import alias
from shop.errors import Unavailable
from shop.faults import fault
from shop.ids import uuid7
from shop.models import STATE_DEAD, STATE_NEW, OutboxRow

from .inbox import LATER, NO_TIME, Envelope
from .transport import send

logger = logging.getLogger(__name__)

BATCH = 100
SWEEP_SECONDS = 5.0
MAX_ATTEMPTS = 12
LONGEST_PAUSE_SECONDS = 600
AWAY_PAUSE_SECONDS = 15


def wake_relay(context: str) -> None:
    """Run the relay of `context` after the commit of the open transaction."""
    from shop.jobs import JOBS, wake

    wake(JOBS[f"{context}.relay"])


def sweep(context: str) -> int:
    """The job: passes until one finds nothing, so that what came meanwhile is sent too.

    While events keep coming it ends after a while and is rung again, so that other jobs of the worker have their turn
    and a worker that is asked to stop does so.
    """
    total = 0
    end = time.monotonic() + min(SWEEP_SECONDS, settings.SHOP_LEASE_SECONDS)
    while done := relay(context):
        total += done
        if time.monotonic() >= end:
            wake_relay(context)
            break
    return total


def relay(context: str, batch: int = BATCH) -> int:
    """One pass over the outbox; answers how many rows were accepted."""
    rows = OutboxRow.objects.using(alias(context)).filter(state=STATE_NEW)
    due = rows.filter(due_at__lte=now()).order_by("due_at", "pk").values_list("destination", "key")[:batch]
    lanes: dict[str, set[str]] = defaultdict(set)
    for destination, key in due:
        lanes[destination].add(key)
    # Those in this process first: another unit may take its time.
    order = sorted(lanes, key=lambda destination: (destination not in settings.SHOP_CONTEXTS, destination))
    return sum(_relay_to(context, destination, lanes[destination], batch) for destination in order)


def _relay_to(context: str, destination: str, keys: set[str], batch: int) -> int:
    rows = OutboxRow.objects.using(alias(context)).filter(state=STATE_NEW, destination=destination)
    mine = _claim(rows, _oldest(rows, keys, batch))
    if not mine:
        return 0
    fault(f"relay.{context}.claimed")
    return _send(rows, context, destination, mine)


def _oldest(rows: QuerySet[OutboxRow], keys: set[str], batch: int) -> list[UUID]:
    """The rows to take: of each key from its oldest on, up to the first that is not due."""
    at = now()
    take: list[UUID] = []
    blocked: dict[str, datetime | None] = {}
    heads = rows.filter(key__in=keys).order_by("pk").values_list("pk", "key", "due_at", "claim")
    for row_id, key, due_at, claim in heads[: 4 * batch]:
        if key in blocked:
            continue
        if due_at > at:
            # Waiting for its next attempt, or with another relay, which looks again when it is done.
            blocked[key] = due_at if claim is None else None
        elif len(take) < batch:
            take.append(row_id)
    for key, until in blocked.items():
        if until is not None:
            rows.filter(key=key, due_at__lte=at).update(due_at=until)
    return take


def _claim(rows: QuerySet[OutboxRow], wanted: list[UUID]) -> list[OutboxRow]:
    """By compare-and-set with a lease, right on every engine. In order; never the younger without the older."""
    if not wanted:
        return []
    claim, at = uuid7(), now()
    lease = at + timedelta(seconds=settings.SHOP_LEASE_SECONDS)
    won = rows.filter(pk__in=wanted, due_at__lte=at).update(claim=claim, due_at=lease, attempts=F("attempts") + 1)
    if not won:
        return []
    mine = list(rows.filter(pk__in=wanted, claim=claim).order_by("pk"))
    if len(mine) == len(wanted):
        return mine
    # Another relay has a part. What it has may be older than ours, so a shared key is given back.
    lost = set(wanted) - {row.pk for row in mine}
    shared = set(rows.filter(pk__in=lost).values_list("key", flat=True))
    _release(rows, [row for row in mine if row.key in shared], at)
    return [row for row in mine if row.key not in shared]


def _send(rows: QuerySet[OutboxRow], context: str, destination: str, batch: list[OutboxRow]) -> int:
    claimed = rows.filter(claim=batch[0].claim)
    envelopes = [Envelope(row.event_id, row.name, row.key, row.payload, row.trace_id) for row in batch]
    try:
        # Half of the lease, so that what is claimed is decided before somebody else may claim it.
        refused = send(destination, envelopes, seconds=settings.SHOP_LEASE_SECONDS / 2)
    except Exception as error:
        if not isinstance(error, Unavailable):
            logger.exception("%s cannot reach %s", context, destination)
        logger.warning("%s does not take events of %s now: %s", destination, context, error)
        until = now() + timedelta(seconds=min(AWAY_PAUSE_SECONDS, 5 * settings.SHOP_BACKOFF_SECONDS))
        # All that waits for it, or a long backlog would fill pass after pass and keep the other destinations waiting.
        rows.filter(due_at__lte=now()).update(due_at=until)
        _release(claimed, batch, until)
        return 0
    fault(f"relay.{context}.sent")
    accepted = [row.pk for row in batch if row.event_id not in refused]
    if accepted:
        claimed.filter(pk__in=accepted).delete()
        fault(f"relay.{context}.deleted")
    if refused:
        _settle(claimed, [row for row in batch if row.event_id in refused], refused)
    return len(accepted)


def _settle(claimed: QuerySet[OutboxRow], batch: Iterable[OutboxRow], refused: dict[UUID, str]) -> None:
    """Those that failed wait for their next attempt or are dead; those behind them wait as long."""
    until: dict[str, datetime] = {}
    behind: dict[str, list[OutboxRow]] = defaultdict(list)
    untouched: list[OutboxRow] = []
    failed: list[OutboxRow] = []
    for row in batch:
        if refused[row.event_id] == LATER:
            behind[row.key].append(row)
        elif refused[row.event_id] == NO_TIME:
            untouched.append(row)
        else:
            failed.append(row)
            until[row.key] = now() + _pause(row.attempts)
    # The younger first: at no moment may they be due while the older one waits.
    for key, followers in behind.items():
        _release(claimed, followers, until.get(key, now() + timedelta(seconds=settings.SHOP_BACKOFF_SECONDS)))
    if untouched:
        _release(claimed, untouched, now())
    for row in failed:
        dead = row.attempts >= MAX_ATTEMPTS
        if dead:
            logger.error("%s %s to %s is dead: %s", row.name, row.pk, row.destination, refused[row.event_id])
        claimed.filter(pk=row.pk).update(
            state=STATE_DEAD if dead else STATE_NEW,
            error=refused[row.event_id][:2000],
            due_at=until[row.key],
            claim=None,
        )


def _release(rows: QuerySet[OutboxRow], batch: Iterable[OutboxRow], due_at: datetime) -> None:
    """Give claimed rows back; it was not their fault, so it costs them no attempt."""
    rows.filter(pk__in=[row.pk for row in batch]).update(claim=None, due_at=due_at, attempts=F("attempts") - 1)


def _pause(attempts: int) -> timedelta:
    return timedelta(seconds=min(LONGEST_PAUSE_SECONDS, settings.SHOP_BACKOFF_SECONDS * 2 ** (attempts - 1)))
