"""The saga's clock, and the owners' orders: what is due is looked at, whatever crashed or was lost before."""

from __future__ import annotations

from datetime import timedelta

from shop.jobs import job

from .models import Order
from .queries import find_captures_due, find_due, find_due_refunds, find_due_returns, find_promises_due, find_unsettled
from .services.advance_order import advance_order, claim_order
from .services.ask_promise import withdraw_promise
from .services.capture_order import capture_order
from .services.claim_orders import settle_owner
from .services.push_refund import claim_refund, push_refund
from .services.restock_return import claim_return, restock_return

BATCH = 50


@job(every=timedelta(seconds=1), batch=BATCH)
def advance_due_orders() -> int:
    """Run the steps of all orders that are due; answers how many were."""
    done = 0
    for order in find_due(BATCH):
        if claim_order(order):
            advance_order(order)
            done += 1
    return done


@job(every=timedelta(seconds=2), batch=BATCH)
def push_due_refunds() -> int:
    """Ask for the refunds of staff and returns whose outcome is unknown; answers how many."""
    return sum(push_refund(row) is row for row in find_due_refunds(BATCH) if claim_refund(row))


@job(every=timedelta(seconds=2), batch=BATCH)
def restock_due_returns() -> int:
    """Put on the shelf what came back while catalog was away; answers how many returns."""
    done = 0
    for back in find_due_returns(BATCH):
        if claim_return(back):
            restock_return(Order.objects.get(pk=back.order_id), back)
            done += 1
    return done


@job(every=timedelta(seconds=5), batch=BATCH)
def capture_shipped_orders() -> int:
    """Take the authorized money of orders whose first parcel left; answers how many were looked at."""
    return sum(capture_order(row) for row in find_captures_due(BATCH))


@job(every=timedelta(seconds=5), batch=BATCH)
def withdraw_promises() -> int:
    """End what payments promised for parcels that did not leave; answers how many were looked at."""
    return sum(withdraw_promise(row) for row in find_promises_due(BATCH))


@job(every=timedelta(seconds=10), batch=1)
def settle_owners() -> int:
    """Hand over one batch of orders of each owner who is due; answers how many changed hands."""
    return sum(settle_owner(owner) for owner in find_unsettled(BATCH))
