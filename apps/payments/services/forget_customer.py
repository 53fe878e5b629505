"""An account is gone: what is saved for it at the provider is deleted, and nothing is made for it again."""

from __future__ import annotations

import logging
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from apps.payments.models import CustomerState, ProviderCustomer
from apps.payments.providers import Refused, provider
from apps.payments.rules import waiting_time
from shop import clock
from shop.db import transact
from shop.errors import Busy, Unavailable
from shop.jobs import JOBS, wake

from .ensure_customer import reference_of
from .put_off import put_off

logger = logging.getLogger(__name__)

LONGEST = 3600.0


def forget_customer(*, customer_id: UUID) -> None:
    """Have it deleted; without a row leave one that forbids. Runs inside the event's transaction."""
    known = ProviderCustomer.objects.filter(pk=customer_id)
    if known.filter(state=CustomerState.OPEN).update(state=CustomerState.CLOSING, due=clock.now()):
        wake(JOBS["payments.delete_customers"])
    elif not known.exists():
        ProviderCustomer(customer_id=customer_id, state=CustomerState.CLOSED).save(force_insert=True)


def delete_customer(row: ProviderCustomer) -> bool:
    """Delete it at the provider. False if another worker is at it."""
    wait = waiting_time(row.attempts + 1, base=settings.SHOP_BACKOFF_SECONDS, longest=LONGEST)
    due = clock.now() + max(wait, timedelta(seconds=settings.SHOP_LEASE_SECONDS))
    mine = ProviderCustomer.objects.filter(pk=row.pk, state=CustomerState.CLOSING, attempts=row.attempts)
    if not transact("payments", lambda: mine.update(attempts=row.attempts + 1, due=due)):
        return False
    try:
        provider().delete_customer(reference_of(row))
    except Busy as error:
        put_off(ProviderCustomer.objects.filter(pk=row.pk, attempts=row.attempts + 1), error)
    except (Unavailable, Refused) as error:
        logger.warning("Customer %s could not be deleted at the provider: %s", row.pk, error)
    else:
        closing = ProviderCustomer.objects.filter(pk=row.pk, state=CustomerState.CLOSING)
        transact("payments", lambda: closing.update(state=CustomerState.CLOSED))
    return True
