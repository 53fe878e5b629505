"""Have a stored event handled again, whatever became of it."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError

from apps.payments.models import FinanceKind, FinanceOperation, Payment, ProviderEvent
from apps.payments.queries import get_event
from shop import clock
from shop.db import transact
from shop.jobs import JOBS, wake


def replay_event(*, operation_id: UUID, event_id: str, actor: str) -> ProviderEvent:
    """Once per operation. Harmless for what was handled: the provider is asked what is true now.

    Raises ProviderEventNotFound.
    """
    event = get_event(event_id)
    operation = FinanceOperation(
        id=operation_id,
        kind=FinanceKind.EVENT_REPLAYED,
        order_id=_order_of(event),
        reference=event.pk[:140],
        actor=actor,
    )

    def write() -> None:
        rows = ProviderEvent.objects.filter(pk=event.pk)
        rows.update(status=ProviderEvent.PENDING, attempts=0, due=clock.now())
        operation.save(force_insert=True)
        wake(JOBS["payments.handle_provider_events"])

    try:
        transact("payments", write)
    except IntegrityError:
        return event  # this operation has asked for it before
    return get_event(event_id)


def _order_of(event: ProviderEvent) -> UUID | None:
    if not event.intent_reference:
        return None
    rows = Payment.objects.filter(provider_reference=event.intent_reference)
    return rows.values_list("pk", flat=True).first()
