"""The consumer's side: each handler once per event, in one transaction with its inbox row."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

import msgspec
from django.db import IntegrityError

from shop.call import remaining, scope
from shop.db import alias, transact
from shop.errors import Unavailable
from shop.faults import fault
from shop.models import InboxRow
from shop.principal import Principal

from .declare import EVENTS, HANDLERS, Event, Handler

logger = logging.getLogger(__name__)

LATER = "later"
"""Not its own failure: an earlier event of its key failed, or the consumer is too busy. Costs it no attempt."""
NO_TIME = "no time"
"""It was not looked at: time ran out. Costs it no attempt and no pause."""


class Envelope(msgspec.Struct, frozen=True):
    """One event on the wire."""

    id: UUID
    name: str
    key: str
    payload: str
    trace_id: str = ""


def deliver(context: str, envelopes: Sequence[Envelope]) -> dict[UUID, str]:
    """Hand over in order; answers what was not accepted, and why. A failure holds back only its own key."""
    refused: dict[UUID, str] = {}
    blocked: set[str] = set()
    for envelope in envelopes:
        left = remaining()
        if envelope.key in blocked:
            refused[envelope.id] = LATER
            continue
        if left is not None and left <= 0:
            refused[envelope.id] = NO_TIME
            continue
        reason = _deliver_one(context, envelope)
        if reason:
            refused[envelope.id] = reason
            blocked.add(envelope.key)
    return refused


def _deliver_one(context: str, envelope: Envelope) -> str:
    try:
        event = msgspec.json.decode(envelope.payload, type=EVENTS[envelope.name])
        for handler in HANDLERS[context, envelope.name]:
            _handle(handler, envelope, event)
    except Unavailable as error:
        logger.warning("%s must wait for %s: %s", envelope.name, context, error)
        return LATER
    except Exception as error:
        logger.exception("%s %s was refused by %s", envelope.name, envelope.id, context)
        return repr(error)
    return ""


def _handle(handler: Handler, envelope: Envelope, event: Event) -> None:
    using = alias(handler.context)
    inbox_id = f"{handler.name}|{envelope.id}"

    def effect() -> None:
        # First, so that a twin waits for us (or we for it) before anything is done.
        InboxRow(id=inbox_id).save(using=using, force_insert=True)
        handler.function(event)
        fault(f"inbox.{handler.name}.before_commit")

    with scope(trace_id=envelope.trace_id, principal=Principal("service", envelope.name)):
        try:
            transact(handler.context, effect)
        except IntegrityError:
            if not InboxRow.objects.using(using).filter(pk=inbox_id).exists():
                raise
        fault(f"inbox.{handler.name}.after_commit")
