"""The saga's clock, and the owners' orders: what is due is looked at, whatever crashed or was lost before."""

from __future__ import annotations

from datetime import timedelta

from shop.jobs import job

from .queries import find_due, find_unsettled
from .services.advance_order import advance_order, claim_order
from .services.claim_orders import settle_owner

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


@job(every=timedelta(seconds=10), batch=1)
def settle_owners() -> int:
    """Hand over one batch of orders of each owner who is due; answers how many changed hands."""
    return sum(settle_owner(owner) for owner in find_unsettled(BATCH))
