"""Staff let messages go to an address again."""

from __future__ import annotations

from uuid import UUID

from apps.notifications.models import Suppression
from apps.notifications.queries import get_suppression
from shop import clock
from shop.db import transact


def release_suppression(suppression_id: UUID, *, actor: str) -> Suppression:
    """From now on; what was suppressed meanwhile is not sent by itself. Releasing twice changes nothing."""
    rows = Suppression.objects.filter(pk=suppression_id, active=True)
    changes = {"active": False, "released_at": clock.now(), "released_by": actor}
    transact("notifications", lambda: rows.update(**changes))
    return get_suppression(suppression_id)
