"""What a check found to differ: noted once, kept open until a later check that looked there finds it gone."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError

from apps.payments.models import Difference
from apps.payments.rules import DifferenceKind
from shop import clock
from shop.db import transact
from shop.ids import derived_id

logger = logging.getLogger(__name__)

_NAMESPACE = UUID("6f2d7c1e-5b0a-4c52-9d1b-2f3f0c6f9a11")


@dataclass(frozen=True, slots=True)
class Found:
    """One difference, and what it is about: an order, something at the provider, or both."""

    kind: DifferenceKind
    detail: str
    order_id: UUID | None = None
    reference: str = ""

    @property
    def id(self) -> UUID:
        """The same for the same thing, whichever check finds it."""
        return derived_id(_NAMESPACE, f"{self.kind}/{self.order_id}/{self.reference}")


def note_difference(found: Found) -> bool:
    """Keep it; True when it is new, or open again."""
    now = clock.now()
    rows = Difference.objects.filter(pk=found.id)
    if transact("payments", lambda: rows.filter(resolved_at=None).update(detail=found.detail[:500], last_found=now)):
        return False
    logger.error("Money differs: %s", found.detail)
    again = {"detail": found.detail[:500], "last_found": now, "resolved_at": None}
    if transact("payments", lambda: rows.update(**again)):
        return True
    row = Difference(id=found.id, kind=found.kind, order_id=found.order_id, reference=found.reference, **again)
    try:
        transact("payments", lambda: row.save(force_insert=True))
    except IntegrityError:
        return False  # a twin of this check was faster
    return True


def resolve_differences(
    kinds: Collection[DifferenceKind], *, found: Collection[Found], looked_at: Collection[UUID | str]
) -> int:
    """Close those of `kinds` about what was looked at and not found any more; answers how many."""
    still = {one.id for one in found}
    rows = Difference.objects.filter(kind__in=kinds, resolved_at=None).values_list("pk", "order_id", "reference")
    gone = [pk for pk, order, ref in rows if pk not in still and ({order, ref} & set(looked_at))]
    if not gone:
        return 0
    return transact("payments", lambda: Difference.objects.filter(pk__in=gone).update(resolved_at=clock.now()))
