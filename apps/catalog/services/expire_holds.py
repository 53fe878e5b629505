"""Use case: the safety net under the orders' own pay window gives forgotten stock back."""

from __future__ import annotations

import logging
from uuid import UUID

from apps.catalog.contracts import HoldState
from apps.catalog.models import Hold, MovementKind
from shop.clock import now
from shop.db import transact

from .release_reservation import give_back

logger = logging.getLogger(__name__)


def expire_holds(*, limit: int) -> int:
    """Let the holds lapse that are past their time, each in its own transaction; how many did."""
    due = Hold.objects.filter(state=HoldState.HELD.value, expires_at__lt=now()).order_by("expires_at")
    return sum(_try(order_id) for order_id in list(due.values_list("pk", flat=True)[:limit]))


def _try(order_id: UUID) -> bool:
    """One hold that does not fit its stock is for people; it must not keep all the others for ever."""
    try:
        return expire_hold(order_id=order_id)
    except Exception:
        logger.exception("The hold of order %s is past its time and cannot be given back", order_id)
        return False


def expire_hold(*, order_id: UUID) -> bool:
    """Give the stock of one lapsed hold back; the order may still take it again when it is paid."""

    def lapse() -> bool:
        hold = Hold.objects.filter(pk=order_id, state=HoldState.HELD.value, expires_at__lt=now()).first()
        return hold is not None and give_back(hold, kind=MovementKind.RELEASE, lapsed=True)

    return transact("catalog", lapse)
