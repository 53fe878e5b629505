"""Keep a webhook, once."""

from __future__ import annotations

from django.db import IntegrityError

from apps.payments.models import ProviderEvent
from apps.payments.providers import EventNotice
from shop.db import transact
from shop.faults import fault


def record_event(notice: EventNotice) -> bool:
    """Store it under the provider's own id; False if it was here before, which is no error."""
    row = ProviderEvent(
        id=notice.id,
        type=notice.type,
        reference=notice.reference,
        intent_reference=notice.intent_reference,
        payload=notice.payload,
        occurred_at=notice.occurred_at,
    )
    try:
        transact("payments", lambda: row.save(force_insert=True))
    except IntegrityError:
        return False
    fault("payments.webhook.stored")
    return True
