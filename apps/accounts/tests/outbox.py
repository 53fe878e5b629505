"""What accounts has told, for its tests."""

from __future__ import annotations

from typing import Any

import msgspec


def told() -> list[Any]:
    """The events that wait in the outbox, once each, in their order; then it is empty."""
    from shop.events import EVENTS  # not before Django is set up
    from shop.models import OutboxRow

    rows, found = OutboxRow.objects.using("accounts"), {}
    for row in rows.order_by("pk"):
        found[row.event_id] = msgspec.json.decode(row.payload, type=EVENTS[row.name])
    rows.delete()
    return list(found.values())


def token_of(kind: str) -> str:
    """The token of the last told event of this class."""
    return [event.token for event in told() if type(event).__name__ == kind][-1]
