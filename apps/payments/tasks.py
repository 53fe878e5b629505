"""What payments does by itself: act on webhooks, ask where none came, and check the books."""

from __future__ import annotations

import logging
from datetime import timedelta

from shop import clock
from shop.errors import Unavailable
from shop.jobs import job

from .contracts import PaymentStatus, RefundStatus
from .models import Payment, ProviderEvent, Refund
from .services.check_ledger import check_ledger
from .services.handle_event import handle_event
from .services.recheck import recheck_payment, recheck_refund
from .services.reconcile import reconcile

logger = logging.getLogger(__name__)

BATCH = 50


@job(every=timedelta(seconds=5), batch=BATCH)
def handle_provider_events() -> int:
    """Stored webhooks that nobody acted on; woken by each webhook, so usually at once."""
    rows = ProviderEvent.objects.filter(status=ProviderEvent.PENDING, due__lte=clock.now())
    return sum(handle_event(event) for event in rows.order_by("due")[:BATCH])


@job(every=timedelta(seconds=5), batch=BATCH)
def recheck_open_payments() -> int:
    """Payments of which no webhook told for long."""
    work = 0
    for status in (PaymentStatus.OPEN, PaymentStatus.PROCESSING):
        rows = Payment.objects.filter(status=status, due__lte=clock.now()).order_by("due")[:BATCH]
        work += sum(recheck_payment(payment) for payment in rows)
    return work


@job(every=timedelta(seconds=5), batch=BATCH)
def recheck_pending_refunds() -> int:
    """Refunds that were not sent, or whose end nobody told us."""
    rows = Refund.objects.filter(status=RefundStatus.PENDING, due__lte=clock.now()).order_by("due")[:BATCH]
    return sum(recheck_refund(refund) for refund in rows)


@job(every=timedelta(hours=24))
def check_books() -> int:
    """The ledger against itself and against the payments; what differs is on the staff's page Differences."""
    return check_ledger()


@job(every=timedelta(hours=24))
def reconcile_with_provider() -> int:
    """The payments and refunds of the last days against the provider's."""
    try:
        return reconcile()
    except Unavailable as error:
        logger.warning("The provider could not be asked for its books: %s", error)
        return 0
