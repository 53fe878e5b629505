"""The jobs that the kernel itself has in every context: send the outbox, forget what nobody needs."""

from __future__ import annotations

import functools
from datetime import timedelta

from django.db.models import Model

from shop.clock import now
from shop.db import alias
from shop.events import CONSUMERS, EVENTS
from shop.events.outbox import KEEP
from shop.events.relay import sweep
from shop.identity.revocation import KEEP as REVOKED_KEEP
from shop.jobs import Job, add
from shop.models import (
    STATE_DEAD,
    STATE_NEW,
    CommandRecord,
    IdempotencyKey,
    InboxRow,
    OutboxRow,
    RevokedSession,
)

PURGE_BATCH = 500
KEPT: tuple[tuple[type[Model], timedelta], ...] = (
    (InboxRow, KEEP),
    (CommandRecord, KEEP),
    (IdempotencyKey, timedelta(hours=24)),
    (RevokedSession, REVOKED_KEEP),
)


def purge(context: str) -> int:
    """Delete rows past their time, one batch of each table; answers how many."""
    done = 0
    for model, age in KEPT:
        rows = model._default_manager.using(alias(context))  # noqa: SLF001 - Django's documented way
        past = rows.filter(created_at__lt=now() - age).order_by("created_at")
        old = list(past.values_list("pk", flat=True)[:PURGE_BATCH])
        if old:
            done += rows.filter(pk__in=old).delete()[0]
    return done + purge_perished(context)


def purge_perished(context: str) -> int:
    """Delete what nobody took of events that hold a secret, once the secret is worth nothing."""
    done = 0
    for name, event in EVENTS.items():
        if event.context() == context and event.perishes_after is not None:
            # The state first: it is what the index of the outbox begins with.
            rows = OutboxRow.objects.using(alias(context)).filter(state__in=(STATE_DEAD, STATE_NEW), name=name)
            done += rows.filter(created_at__lt=now() - event.perishes_after).delete()[0]
    return done


def add_kernel_jobs(context: str) -> None:
    """`<context>.relay` and `<context>.purge`."""
    tells = any(event.context() == context and CONSUMERS[name] for name, event in EVENTS.items())
    # Who has no listeners has nothing to send; its rare look is for what an older version left.
    every = timedelta(seconds=1 if tells else 60)
    add(Job(context, "relay", functools.partial(sweep, context), every=every, batch=None))
    add(Job(context, "purge", functools.partial(purge, context), every=timedelta(hours=1), batch=PURGE_BATCH))
