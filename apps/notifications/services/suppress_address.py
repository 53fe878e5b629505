"""Send nothing more to an address that cannot be reached, or that said so."""

from __future__ import annotations

from uuid import UUID

from apps.notifications.models import Suppression
from apps.notifications.rules import Channel, SuppressionReason, normal, suppression_id
from shop import clock


def suppress_address(
    channel: Channel, address: str, reason: SuppressionReason, *, detail: str = "", message_id: UUID | None = None
) -> None:
    """One row per address; one that was released is active again. To be called inside a transaction."""
    key = suppression_id(channel, address)
    facts = {"reason": reason, "detail": detail[:500], "message_id": message_id}
    fresh = {"active": True, "since": clock.now(), "released_at": None, "released_by": ""}
    if Suppression.objects.filter(pk=key, active=False).update(**facts, **fresh):
        return
    if not Suppression.objects.filter(pk=key).exists():
        address = normal(address) if channel is Channel.MAIL else address
        Suppression(id=key, channel=channel, address=address[:254], **facts).save(force_insert=True)
