"""How a batch reaches its destination: a call in this process, or one signed POST."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from django.conf import settings

from shop.call import scope
from shop.errors import Unavailable
from shop.ports.remote import RemoteBug, post

from .inbox import Envelope, deliver

EVENTS_VERSION = "1"
_answer = msgspec.json.Decoder(dict[UUID, str])
_batch = msgspec.json.Decoder(list[Envelope])


def path_of(context: str) -> str:
    """Where a unit takes events for `context`."""
    return f"/internal/{context}.v{EVENTS_VERSION}/events"


def send(context: str, envelopes: Sequence[Envelope], *, seconds: float) -> dict[UUID, str]:
    """Hand a batch over; answers what was not accepted. Raises Unavailable when nobody knows."""
    with scope(seconds):
        if context not in settings.SHOP_CONTEXTS:
            return _send_remote(context, envelopes)
        if settings.SHOP_SHAPE == "strict":
            body = msgspec.json.encode(list(envelopes))
            first, second = (_answer.decode(receive(context, body)) for _ in range(2))
            return {event_id: reason for event_id, reason in first.items() if event_id in second}
        return deliver(context, envelopes)


def receive(context: str, body: bytes) -> bytes:
    """The other end of the POST."""
    refused = deliver(context, _batch.decode(body))
    return msgspec.json.encode({str(event_id): reason for event_id, reason in refused.items()})


def _send_remote(context: str, envelopes: Sequence[Envelope]) -> dict[UUID, str]:
    # One attempt: the relay itself is the retry.
    status, body = post(context, path_of(context), msgspec.json.encode(list(envelopes)), attempts=1)
    if status == 200:
        return _answer.decode(body)
    if status >= 500:
        raise Unavailable(f"{path_of(context)}: {status}")
    raise RemoteBug(f"{path_of(context)}: {status} {body[:300]!r}")
