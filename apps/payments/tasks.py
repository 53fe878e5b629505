"""What payments does by itself: act on webhooks, ask where none came, and check the books."""

from __future__ import annotations

from datetime import timedelta

from shop import clock
from shop.ids import uuid7
from shop.jobs import job

from .contracts import PaymentStatus, RefundStatus
from .models import CustomerState, Payment, ProviderCustomer, ProviderEvent, ReconciliationRun, Refund, RunState
from .services.check_ledger import check_ledger
from .services.forget_customer import delete_customer
from .services.handle_event import handle_event
from .services.recheck import recheck_payment, recheck_refund
from .services.run_reconciliation import ask_reconciliation, run_reconciliation

BATCH = 50


@job(every=timedelta(seconds=5), batch=BATCH)
def handle_provider_events() -> int:
    """Stored webhooks that nobody acted on; woken by each webhook, so usually at once."""
    rows = ProviderEvent.objects.filter(status=ProviderEvent.PENDING, due__lte=clock.now())
    return sum(handle_event(event) for event in rows.order_by("due")[:BATCH])


@job(every=timedelta(seconds=5), batch=BATCH)
def recheck_open_payments() -> int:
    """Payments of which no webhook told for long, and captures that were not sent."""
    work = 0
    for status in (PaymentStatus.OPEN, PaymentStatus.PROCESSING, PaymentStatus.AUTHORIZED):
        rows = Payment.objects.filter(status=status, due__lte=clock.now()).order_by("due")[:BATCH]
        work += sum(recheck_payment(payment) for payment in rows)
    return work


@job(every=timedelta(seconds=5), batch=BATCH)
def recheck_pending_refunds() -> int:
    """Refunds that were not sent, or whose end nobody told us."""
    rows = Refund.objects.filter(status=RefundStatus.PENDING, due__lte=clock.now()).order_by("due")[:BATCH]
    return sum(recheck_refund(refund) for refund in rows)


@job(every=timedelta(seconds=30), batch=BATCH)
def delete_customers() -> int:
    """Delete at the provider what is saved for accounts that are gone."""
    rows = ProviderCustomer.objects.filter(state=CustomerState.CLOSING, due__lte=clock.now()).order_by("due")
    return sum(delete_customer(row) for row in rows[:BATCH])


@job(every=timedelta(hours=24))
def check_books() -> int:
    """The ledger against itself and against the payments, from the last checkpoint on; what differs is a Difference."""
    return check_ledger()


@job(every=timedelta(hours=24))
def reconcile_with_provider() -> int:
    """The payments and refunds of the last days against the provider's, both ways; answers how much of it is news."""
    run = ask_reconciliation(run_id=uuid7(), asked_by="calendar")
    run_reconciliation(run)
    run.refresh_from_db(fields=["news"])
    return run.news


@job(every=timedelta(minutes=1), batch=BATCH)
def run_reconciliations() -> int:
    """Comparisons that somebody asked for, and those whose worker died."""
    work = 0
    for state in (RunState.ASKED, RunState.RUNNING):
        rows = ReconciliationRun.objects.filter(state=state, due__lte=clock.now()).order_by("due")[:BATCH]
        work += sum(run_reconciliation(run) for run in rows)
    return work
